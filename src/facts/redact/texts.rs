//! Hides what the texts of known files say: hosts, resolv.conf, passwd, group; and the values of variables and options.

use super::words::Words;
use super::{Class, system};
use alloc::{string::String, vec::Vec};

/// Variables that say nothing about anybody but for the names in their paths, and without which little can be compiled again.
const PLAIN: [&str; 20] = [
    "PATH",
    "TERM",
    "COLORTERM",
    "LANG",
    "LANGUAGE",
    "TZ",
    "HOME",
    "PWD",
    "OLDPWD",
    "SHELL",
    "TMPDIR",
    "container",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "NOTIFY_SOCKET",
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "SHLVL",
];
/// The same of variables that begin so: they steer the engine.
const PLAIN_STARTS: [&str; 4] = ["LC_", "CONTAINERS_", "_CONTAINERS_", "STORAGE_"];
/// Variables that hold names.
const NAMES: [&str; 5] = ["USER", "LOGNAME", "USERNAME", "HOSTNAME", "HOST"];

/// What the value of a variable is.
pub(super) fn variable(name: &str) -> Class {
    if NAMES.contains(&name) {
        Class::Name
    } else if PLAIN.contains(&name) || PLAIN_STARTS.iter().any(|start| name.starts_with(start)) {
        Class::Text
    } else {
        Class::Value
    }
}

/// Whether a label or annotation steers an engine or a runtime: its value is none of somebody's own.
pub(super) fn steers(key: &str) -> bool {
    [
        "io.containers.",
        "io.podman.",
        "run.oci.",
        "org.systemd.",
        "io.katacontainers.",
        "module.wasm.",
    ]
    .iter()
    .any(|start| key.starts_with(start))
}

/// An option of a volume or network, which may be a list: what says who logs in where is hidden.
pub(super) fn option(name: &str, value: &str, words: &mut Words) -> String {
    let telling = |key: &str| {
        [
            "user",
            "username",
            "pass",
            "password",
            "domain",
            "dom",
            "workgroup",
            "addr",
            "ip",
            "credentials",
            "cred",
            "servern",
        ]
        .contains(&key)
    };
    if telling(name) {
        return words.value(value);
    }
    if name == "device" && (value.starts_with("//") || value.contains(":/")) {
        return words.value(value);
    }
    let parts = value.split(',').map(|part| match part.split_once('=') {
        Some((key, value)) if telling(key) => [key, "=", &words.value(value)].concat(),
        _ => words.text(part),
    });
    parts.collect::<Vec<_>>().join(",")
}

/// Each line of a text, without its line break, made anew; the breaks stay.
fn lines(text: &str, mut line: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for row in text.split_inclusive('\n') {
        let plain = row.trim_end_matches(['\n', '\r']);
        out.push_str(&line(plain));
        out.push_str(row.get(plain.len()..).unwrap_or_default());
    }
    out
}

/// Words between blanks, the blanks kept; `word` gets the number of each.
fn columns(line: &str, mut word: impl FnMut(usize, &str) -> String) -> String {
    let mut number: usize = 0;
    let parts = line.split_inclusive([' ', '\t']).map(|part| {
        let plain = part.trim_end_matches([' ', '\t']);
        if plain.is_empty() {
            return part.into();
        }
        let new = word(number, plain);
        number = number.saturating_add(1);
        [&new, part.get(plain.len()..).unwrap_or_default()].concat()
    });
    parts.collect()
}

/// A hosts file: addresses and names.
pub(super) fn hosts(text: &str, words: &mut Words) -> String {
    lines(text, |line| {
        columns(line.split('#').next().unwrap_or_default(), |number, word| match number {
            0 => words.text(word),
            _ if word.ends_with(".containers.internal") || word.starts_with("ip6-") => word.into(),
            _ if word.ends_with("docker.internal") => word.into(),
            _ => words.name(word),
        })
    })
}

/// resolv.conf: name servers and search domains.
pub(super) fn resolver(text: &str, words: &mut Words) -> String {
    lines(text, |line| {
        let mut names = false;
        columns(line.split(['#', ';']).next().unwrap_or_default(), |number, word| {
            if number == 0 {
                names = matches!(word, "search" | "domain");
                word.into()
            } else if names && word != "." {
                words.name(word)
            } else {
                words.text(word)
            }
        })
    })
}

/// passwd: the names of people, their full names and homes.
pub(super) fn passwd(text: &str, words: &mut Words) -> String {
    account(text, |number, field, id| match number {
        0 if !system(id) => words.name(field),
        4 if !system(id) => words.value(field),
        5 => words.text(field),
        _ => field.into(),
    })
}

/// group: the names of groups of people, and of their members.
pub(super) fn group(text: &str, words: &mut Words) -> String {
    account(text, |number, field, id| match number {
        0 if !system(id) => words.name(field),
        3 => words.known(field),
        _ => field.into(),
    })
}

/// The fields of each line, with the id that its third one is. A line without such an id is no account, and may be anything.
fn account(text: &str, mut field: impl FnMut(usize, &str, Option<u32>) -> String) -> String {
    lines(text, |line| {
        let id = line.split(':').nth(2).and_then(|id| id.trim().parse().ok());
        let fields = line.split(':').enumerate().map(|(number, text)| field(number, text, id));
        fields.collect::<Vec<_>>().join(":")
    })
}
