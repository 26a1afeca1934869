//! A batch: as many lines come out as go in, in their order, each what `compile` gives for it; whatever goes in, and however much.

use crate::ground::{case, case_names, host_json, json, merge, root};
use crate::program::{ends, lines, ocify, said, told};
use ocify::config::{Format, Parsing, parse_as};
use ocify::facts::facts_from_json;
use ocify::{Options, compile};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// A directory of a test's own, with a host's facts in it.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("batch").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    let mut host = host_json("fedora_rootless_v2");
    merge(&mut host, json(&root().join("fixtures/hosts/shared/web.json")));
    fs::write(dir.join("host.json"), host.to_string()).unwrap();
    dir
}

/// The lines, one below the other, through `compile --batch` with more options.
fn through(dir: &Path, text: &[u8], more: &[&str]) -> std::process::Output {
    fs::write(dir.join("in.jsonl"), text).unwrap();
    ocify(dir, &[&["compile", "--batch", "in.jsonl"], more].concat())
}

fn begun(dir: &Path, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_ocify"))
        .current_dir(dir)
        .args(["compile", "--batch"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a line gives: the whole spec, or what refuses it, where that is not the text already.
fn expected(config: &str, facts: &str) -> Result<String, Vec<String>> {
    let config = parse_as(config, Format::Json, Parsing::default()).map_err(|_| Vec::new())?;
    let facts = facts_from_json(facts).unwrap();
    match compile(&config, &facts, &Options::default()) {
        Ok(compiled) => Ok(String::from_utf8(compiled.to_json()).unwrap()),
        Err(refused) => Err(refused.diagnostics.iter().map(|d| d.problem.to_string()).collect()),
    }
}

/// Ten thousand lines: every fixture many times over, and now and then one that is no line.
#[test]
fn each_line_is_what_compile_gives_for_it() {
    let dir = place("mixed");
    let cases: Vec<(String, String, _)> = case_names()
        .iter()
        .map(|name| {
            let case = case(name);
            let config = serde_json::to_string(&case.config).unwrap();
            let facts = serde_json::to_string(&case.facts).unwrap();
            let expected = expected(&config, &facts);
            (name.clone(), format!("\"config\":{config},\"facts\":{facts}"), expected)
        })
        .collect();
    let broken = "{\"config\": nonsense}";
    let mut text = String::new();
    let order: Vec<Option<usize>> =
        (0..10_000).map(|n| (n % 97 != 13).then_some(n * 31 % cases.len())).collect();
    for at in &order {
        match at {
            Some(at) => writeln!(text, "{{\"id\":{:?},{}}}", cases[*at].0, cases[*at].1).unwrap(),
            None => writeln!(text, "{broken}").unwrap(),
        }
    }
    let out = through(&dir, text.as_bytes(), &[]);
    ends(&out, 1);
    assert_eq!(told(&out), "");
    let mut lines = 0;
    for ((line, at), number) in said(&out).lines().zip(&order).zip(1..) {
        lines += 1;
        let Some(at) = at else {
            assert!(line.starts_with(&format!("{{\"line\":{number},\"refused\":[")), "{line}");
            continue;
        };
        let (name, _, expected) = &cases[*at];
        let begins = format!("{{\"line\":{number},\"id\":{name:?},");
        let rest = line.strip_prefix(&begins).unwrap_or_else(|| panic!("{line} is not {begins}"));
        match expected {
            Ok(spec) => {
                let rest = rest.strip_prefix("\"spec\":").and_then(|rest| rest.strip_prefix(spec));
                let rest = rest.unwrap_or_else(|| panic!("{name}: {line}"));
                assert!(rest.starts_with(",\"warnings\":[") && rest.ends_with("]}"), "{rest}");
            }
            Err(words) => {
                let line: Value = serde_json::from_str(line).unwrap();
                let refused = line["refused"].as_array().unwrap_or_else(|| panic!("{name}"));
                let told = refused.iter().map(|m| m["message"].as_str().unwrap());
                assert!(words.is_empty() || told.eq(words), "{name}: {refused:?}");
            }
        }
    }
    assert_eq!(lines, order.len());
}

/// The same words as on standard error, and their places in the file.
#[test]
fn a_refusal_points_into_its_line() {
    let dir = place("points");
    let facts = fs::read_to_string(dir.join("host.json")).unwrap();
    let config =
        r#"{"rootfs":"/srv","mounts":[{"destination":"rel","type":"bind","source":"/x"}]}"#;
    fs::write(dir.join("config.json"), config).unwrap();
    let single = ["compile", "config.json", "--facts", "host.json", "--message-format", "json"];
    let alone = ocify(&dir, &single);
    ends(&alone, 1);
    let alone: Value = serde_json::from_str(told(&alone).lines().next().unwrap()).unwrap();
    let before = "{\"id\":\"\u{e4}\",\"config\":";
    let line = format!("{before}{config},\"facts\":{facts}}}\n");
    let out = through(&dir, format!("{line}{line}").as_bytes(), &[]);
    ends(&out, 1);
    let mut of_line = lines(&out).pop().unwrap()["refused"][0].take();
    let shift = before.chars().count();
    assert_eq!((&of_line["line"], &of_line["places"][0]["line"]), (&2.into(), &2.into()));
    for at in ["/column", "/end/column", "/places/0/column", "/places/0/end/column"] {
        let column = |message: &Value| message.pointer(at).unwrap().as_u64().unwrap();
        assert_eq!(column(&of_line), column(&alone) + u64::try_from(shift).unwrap(), "{at}");
    }
    for key in ["code", "message", "path", "causes", "rules", "help", "fix"] {
        assert_eq!(of_line[key].take(), alone[key], "{key}");
    }
}

#[test]
fn lines_that_mean_harm_are_refused_one_by_one() {
    let dir = place("hostile");
    let good = r#"{"config":{"rootfs":"/srv","command":["sleep","1"],"netns":"none"}}"#;
    let deep = format!("{{\"config\":{}}}", "[".repeat(200_000));
    let closed = format!("{{\"config\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let id = format!("{{\"id\":{}{},{}", "[".repeat(9), "]".repeat(9), &good[1..]);
    let long = format!("{{\"config\":{{\"hostname\":\"{}\"}}}}", "x".repeat(17 << 20));
    let cases: [(&[u8], &str); 18] = [
        (good.as_bytes(), ""),
        (b"", "EOF while parsing a value"),
        (b"   ", "EOF while parsing a value"),
        (b"\xff\xfe", "the line is not UTF-8 text (byte 1)"),
        (b"{\"config\":{}\x00}", "expected `,` or `}`"),
        (b"null", "expected an object with `config`, `facts` and `id`, found null"),
        (b"{}", "the line has no `config`"),
        (b"{\"config\":{},\"hots\":1}", "unknown field `hots`"),
        (b"{\"config\":{},\"config\":{}}", "field `config` is given twice"),
        (b"{\"config\":[]}", "expected an object, found a list"),
        (b"{\"config\":{\"hostname\":\"\\ud800\"}}", "unexpected end of hex escape"),
        (
            b"{\"config\":{\"rootfs\":\"/srv\"},\"facts\":{}}",
            "the facts record does not say its `format_version`: this program reads 1.0",
        ),
        (
            b"{\"config\":{\"rootfs\":\"/srv\"},\"facts\":7}",
            "expected an object, a facts record, found a number",
        ),
        (deep.as_bytes(), "recursion limit exceeded"),
        (closed.as_bytes(), "recursion limit exceeded"),
        (long.as_bytes(), "the line has more than 16777216 bytes"),
        (id.as_bytes(), ""),
        (good.as_bytes(), ""),
    ];
    let mut text = Vec::new();
    for (line, _) in &cases {
        text.extend_from_slice(line);
        text.extend_from_slice(b"\r\n");
    }
    // The last line may lack its end.
    text.truncate(text.len() - 2);
    for jobs in ["1", "2", "7"] {
        let out = through(&dir, &text, &["--facts", "host.json", "--jobs", jobs]);
        ends(&out, 1);
        assert_eq!(told(&out), "");
        let lines = lines(&out);
        assert_eq!(lines.len(), cases.len());
        for ((line, (_, told)), number) in lines.iter().zip(&cases).zip(1..) {
            assert_eq!(line["line"], number);
            assert_eq!(line["refused"][0]["message"].as_str().unwrap_or(""), *told, "{number}");
            assert_eq!(line.get("spec").is_some(), told.is_empty(), "{number}");
        }
    }
}

#[test]
fn how_a_batch_ends() {
    let dir = place("ends");
    let good =
        "{\"config\":{\"rootfs\":\"/srv\",\"netns\":\"none\",\"command\":[\"a\"],\"new_key\":1}}\n";
    let all = ["--facts", "host.json", "--lenient"];
    ends(&through(&dir, good.as_bytes(), &all), 0);
    ends(&through(&dir, good.as_bytes(), &all[..2]), 1);
    ends(&through(&dir, b"", &all), 0);
    // Without facts there is nothing to compile with: this host is not asked.
    let out = through(&dir, good.as_bytes(), &["--lenient"]);
    ends(&out, 1);
    assert!(said(&out).contains("the line has no `facts`, and --facts gives none"));
    for wrong in [
        &["compile", "--batch", "no-such-file"][..],
        &["compile", "--batch", "in.jsonl", "--facts", "no-such-file"],
        &["compile", "--batch", "--facts", "-"],
        &["compile", "--batch", "in.jsonl", "web.yaml"],
        &["compile", "--batch", "in.jsonl", "--jobs", "0"],
        &["compile", "--batch", "in.jsonl", "--pretty"],
        &["compile", "web.yaml", "--jobs", "2"],
        &["compile", "--batch", ".", "--facts", "host.json"],
    ] {
        let out = ocify(&dir, wrong);
        ends(&out, 2);
        assert!(told(&out).starts_with("error"), "{wrong:?}: {}", told(&out));
    }
    // A file is complete or not there, as with one config.
    let into = ["--facts", "host.json", "--lenient", "-o", "out.jsonl"];
    ends(&through(&dir, good.as_bytes(), &into), 0);
    let first = fs::read(dir.join("out.jsonl")).unwrap();
    assert!(first.starts_with(b"{\"line\":1,\"spec\":{"));
    ends(&through(&dir, b"", &into), 2);
    assert_eq!(fs::read(dir.join("out.jsonl")).unwrap(), first);
    ends(&through(&dir, b"", &[&into[..], &["--force"]].concat()), 0);
    assert_eq!(fs::read(dir.join("out.jsonl")).unwrap(), b"");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
}

/// Who reads the result may leave, although more lines could still come.
#[test]
fn who_leaves_early_ends_it_quietly() {
    let dir = place("leaves");
    let mut child = begun(&dir, &["--facts", "host.json"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let good = b"{\"config\":{\"rootfs\":\"/srv\",\"netns\":\"none\",\"command\":[\"a\"]}}\n";
    stdin.write_all(good).unwrap();
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"line\":1,\"spec\":"), "{line}");
    drop(stdout);
    stdin.write_all(good).unwrap();
    // Standard input stays open.
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    let told = child.stderr.take().map(|err| std::io::read_to_string(err).unwrap());
    assert_eq!(told.unwrap(), "");
    drop(stdin);
}

/// The most memory that a batch of so many lines takes, in KiB.
fn peak(dir: &Path, lines: usize) -> u64 {
    let mut child = begun(dir, &["--facts", "host.json", "--jobs", "2"]);
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let feeder = thread::spawn(move || {
        for n in 0..lines {
            let config =
                format!("{{\"rootfs\":\"/srv\",\"netns\":\"none\",\"command\":[\"{n}\"]}}");
            // Most are refused at once, which costs little and says much.
            let line =
                if n % 50 == 0 { format!("{{\"config\":{config}}}\n") } else { format!("{n}\n") };
            stdin.write_all(line.as_bytes()).unwrap();
        }
        stdin
    });
    let seen = stdout.split(b'\n').take(lines).filter(|line| !line.as_ref().unwrap().is_empty());
    assert_eq!(seen.count(), lines);
    // All is written, and it waits for more.
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(feeder.join().unwrap());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_number_of_lines() {
    let dir = place("memory");
    let (some, many) = (peak(&dir, 10_000), peak(&dir, 100_000));
    assert!(many < some + 4096, "{some} KiB for 10,000 lines, {many} KiB for 100,000");
}
