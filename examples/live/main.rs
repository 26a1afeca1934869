//! Asks the real Podman and ocify for the same containers, and tells where they differ.
//!
//! `live [--view NAME]... [--seed N] [--from N] [--count N] [--jobs N] [--request FILE] [--keep-going N]` as root, where Podman 4.3 is installed. For each view (root or not,
//! cgroup v1 or v2) namespaces are made with storage, users, networks and a host name of their own; in them runs Podman's API service with a
//! runtime that fails on purpose, so that the config and the files it was handed stay. Each request, a function of seed and number, is created and
//! initialised there, and compiled by ocify from facts that it gathers itself in the same place. What only Podman can know (ids, the outcome of
//! networks, allocated ids) comes from its API; the recorded config is only looked at to compare.
//!
//! A difference is made as small as it gets and printed. What cannot be compared because storage, a network or the kernel failed is counted.

#![expect(clippy::disallowed_methods, reason = "this program is about a host and what runs on it")]

mod api;
mod compare;
mod fixtures;
mod look;
mod request;
mod view;
mod work;

use api::Api;
use fixtures::DIR;
use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use view::{VIEWS, View};
use work::{Bench, Verdict};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The cgroup below the run's own that the engine runs in.
const TOP: &str = "service";

/// The directory beside it for the process that waits for the namespaces' end.
const WAITING: &str = "waiting";

/// What was asked for on the command line.
#[derive(Clone, Debug)]
struct Asked {
    views: Vec<View>,
    seed: u64,
    from: u64,
    count: u64,
    jobs: usize,
    /// A request to send instead of made up ones.
    request: Option<PathBuf>,
    /// Differences after which to stop.
    enough: usize,
    /// Only print the requests.
    print: bool,
    stage: String,
}

fn main() -> ExitCode {
    let done = asked(env::args().skip(1)).and_then(|asked| {
        match (asked.stage.as_str(), asked.views.first()) {
            ("host", Some(view)) => host(&asked, *view),
            ("work", Some(view)) => work(&asked, *view),
            _ if asked.print => Ok(print(&asked)),
            _ => conduct(&asked),
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(stdout(), "live: {error}");
            ExitCode::from(2)
        }
    }
}

fn asked(args: impl Iterator<Item = String>) -> Fallible<Asked> {
    let mut asked = Asked {
        views: Vec::new(),
        seed: 1,
        from: 0,
        count: 100,
        jobs: 2,
        request: None,
        enough: 20,
        print: false,
        stage: String::new(),
    };
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value"));
        match arg.as_str() {
            "--view" => {
                let name = value()?;
                asked.views.push(View::named(&name).ok_or_else(|| format!("no view `{name}`"))?);
            }
            "--seed" => asked.seed = value()?.parse()?,
            "--from" => asked.from = value()?.parse()?,
            "--count" => asked.count = value()?.parse()?,
            "--jobs" => asked.jobs = value()?.parse()?,
            "--request" => asked.request = Some(value()?.into()),
            "--enough" => asked.enough = value()?.parse()?,
            "--print" => asked.print = true,
            "--stage" => asked.stage = value()?,
            _ => return Err("usage: live [--view NAME]... [--seed N] [--from N] [--count N] [--jobs N] [--request FILE] [--enough N] [--print]".into()),
        }
    }
    if asked.views.is_empty() {
        asked.views = VIEWS.to_vec();
    }
    Ok(asked)
}

fn say(text: &str) {
    let _ = writeln!(stdout(), "{text}");
}

fn print(asked: &Asked) -> bool {
    let maker = request::Maker::new();
    for number in asked.from..asked.from.saturating_add(asked.count) {
        say(&maker.request(asked.seed, number).to_string());
    }
    true
}

/// Why the test cannot run here.
fn obstacle() -> Option<String> {
    let version = Command::new("podman").arg("--version").output().ok();
    let version = version.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    match version {
        Some(version) if version.starts_with("podman version 4.3.") => {}
        Some(version) => return Some(format!("`podman --version` says `{version}`, not 4.3")),
        None => return Some("podman is not installed".to_owned()),
    }
    let root = fs::read_to_string("/proc/self/status").is_ok_and(|s| s.contains("\nUid:\t0\t0"));
    if !root {
        return Some("not root".to_owned());
    }
    for program in
        ["unshare", "setpriv", "conmon", "newuidmap", "tar", "ip", "mount", "mknod", "hostname"]
    {
        if !env::var("PATH")
            .unwrap_or_default()
            .split(':')
            .any(|dir| Path::new(dir).join(program).exists())
        {
            return Some(format!("`{program}` is not installed"));
        }
    }
    let probe = Command::new("unshare")
        .args(["-C", "-m", "-n", "-u", "-i", "-p", "-f", "--mount-proc", "true"])
        .output();
    match probe {
        Ok(out) if out.status.success() => None,
        Ok(out) => {
            Some(format!("`unshare` says `{}`", String::from_utf8_lossy(&out.stderr).trim()))
        }
        Err(error) => Some(format!("`unshare`: {error}")),
    }
}

/// As the program itself: each view in namespaces of its own, one after another.
fn conduct(asked: &Asked) -> Fallible<bool> {
    if let Some(why) = obstacle() {
        say(&format!("SKIPPED: the live test: {why}"));
        return Ok(true);
    }
    let mut well = true;
    for view in &asked.views {
        well &= seclude(view)?;
    }
    Ok(well)
}

/// Runs this program again in new namespaces and cgroups, and removes these.
fn seclude(view: &View) -> Fallible<bool> {
    let own = format!("ocify-live-{}-{}", std::process::id(), view.name);
    let mounts = view::cgroup_mounts();
    let mut script = vec!["set -e".to_owned()];
    for at in &mounts {
        let at = at.display();
        script.push(format!("mkdir -p {at}/{own}/{TOP} {at}/{own}/{WAITING}"));
        if at.to_string().ends_with("cpuset") {
            // A new cpuset is empty until it is told.
            for dir in [own.clone(), format!("{own}/{TOP}"), format!("{own}/{WAITING}")] {
                script.push(format!(
                    "for f in cpus mems; do cat {at}/cpuset.$f > {at}/{dir}/cpuset.$f; done"
                ));
            }
        }
        script.push(format!("echo $$ > {at}/{own}/cgroup.procs"));
    }
    // The root of the cgroup namespace has to be empty: who waits there for the rest to end goes aside.
    script.push(format!(
        "exec setpriv --pdeathsig KILL unshare -C sh -ec 'for at in {}; do echo $$ > $at/{own}/{WAITING}/cgroup.procs; done; \
         exec unshare -m -n -u -i -p -f --kill-child --mount-proc --propagation private \"$@\"' sh \"$@\"",
        paths(&mounts)
    ));
    let status = Command::new("sh")
        .args(["-c", &script.join("\n"), "sh"])
        .arg(env::current_exe()?)
        .args(env::args_os().skip(1).filter(|_| true))
        .args(["--stage", "host", "--view", view.name])
        .env("OCIFY_LIVE_VIEW", view.name)
        .stdin(Stdio::null())
        .status();
    for at in &mounts {
        sweep(&at.join(&own));
    }
    Ok(status?.success())
}

fn paths(all: &[PathBuf]) -> String {
    let all: Vec<String> = all.iter().map(|at| at.display().to_string()).collect();
    all.join(" ")
}

/// Removes a cgroup and those below it.
fn sweep(dir: &Path) {
    for _ in 0..20 {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                sweep(&entry.path());
            }
        }
        if fs::remove_dir(dir).is_ok() || !dir.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// In the namespaces, as root: makes the host and the service, and has the work done.
fn host(asked: &Asked, _: View) -> Fallible<bool> {
    let view =
        env::var("OCIFY_LIVE_VIEW").ok().and_then(|name| View::named(&name)).ok_or("no view")?;
    let _ = asked;
    let dir = Path::new(DIR);
    let program = fs::read("/proc/self/exe")?;
    let request = asked.request.as_ref().map(fs::read).transpose()?;
    view.furnish(dir, TOP)?;
    fs::write(dir.join("live"), program)?;
    fs::set_permissions(dir.join("live"), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    if let Some(request) = request {
        fs::write(dir.join("request.json"), request)?;
    }
    fixtures::host_files()?;
    if view.rootless {
        let id = format!("{0}:{0}", view::UID);
        view::run("chown", &["-R", &id, DIR])?;
    }
    fixtures::host_mounts()?;
    let mut service = serve(view)?;
    let program = format!("{DIR}/live");
    let mut worker = if view.rootless {
        let mut command = view.command(dir, "podman");
        command.args(["unshare", &program]);
        command
    } else {
        view.command(dir, &program)
    };
    let mut worker = worker
        .args(env::args_os().skip(1))
        .args(["--stage", "work"])
        .env("OCIFY_LIVE_VIEW", view.name)
        .spawn()?;
    // A request that brings the service down is a finding: the others go on.
    let done = loop {
        if let Some(status) = worker.try_wait()? {
            break status.success();
        }
        if service.try_wait()?.is_some() {
            service = serve(view)?;
        }
        thread::sleep(Duration::from_millis(50));
    };
    if !done && env::var_os("OCIFY_LIVE_LOG").is_some() {
        say(&fs::read_to_string(dir.join("service.log"))?);
    }
    service.kill()?;
    service.wait()?;
    Ok(done)
}

/// Starts the service and waits until it answers.
fn serve(view: View) -> Fallible<Child> {
    let log = fs::File::options().create(true).append(true).open(format!("{DIR}/service.log"))?;
    let socket = format!("{DIR}/api.sock");
    if Path::new(&socket).exists() {
        fs::remove_file(&socket)?;
    }
    let mut service = view
        .command(Path::new(DIR), "podman")
        .args(["system", "service", "--time=0", &format!("unix://{socket}")])
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let api = Api::new(socket);
    for _ in 0..300 {
        if api.read("/_ping").is_ok_and(|reply| reply.status == 200) {
            return Ok(service);
        }
        if service.try_wait()?.is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let log = fs::read_to_string(format!("{DIR}/service.log")).unwrap_or_default();
    Err(format!("the service does not answer: {log}").into())
}

#[derive(Default)]
struct Tally {
    configs: u64,
    refusals: u64,
    aside: BTreeMap<String, u64>,
    differ: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
}

impl Tally {
    fn total(&self) -> usize {
        self.differ.len()
    }
}

/// Beside the engine, as what it is: sends the requests.
fn work(asked: &Asked, _: View) -> Fallible<bool> {
    let view =
        env::var("OCIFY_LIVE_VIEW").ok().and_then(|name| View::named(&name)).ok_or("no view")?;
    let api = Api::new(format!("{DIR}/api.sock"));
    let standing = fixtures::make(&api)?;
    let bench = Bench::new(view, standing, api)?;
    let only =
        fs::read_to_string(format!("{DIR}/request.json")).ok().filter(|_| asked.request.is_some());
    if let Some(text) = only {
        return single(&bench, view, &text);
    }
    let begin = Instant::now();
    let next = AtomicU64::new(asked.from);
    let end = asked.from.saturating_add(asked.count);
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..asked.jobs.max(1) {
            scope.spawn(|| {
                let maker = request::Maker::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end || tally.lock().is_ok_and(|t| t.total() >= asked.enough) {
                        return;
                    }
                    one(asked, view, &bench, &maker, number, &tally);
                    let done = number.saturating_sub(asked.from).saturating_add(1);
                    if done.is_multiple_of(500) {
                        say(&format!(
                            "{}: {done} requests, {} s",
                            view.name,
                            begin.elapsed().as_secs()
                        ));
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().map_err(|_| "a worker panicked")?;
    let seconds = begin.elapsed().as_secs_f64();
    let aside: u64 = tally.aside.values().sum();
    let differ: u64 = tally.differ.values().sum();
    let failed: u64 = tally.failed.values().sum();
    let all = [tally.configs, tally.refusals, aside, differ, failed]
        .iter()
        .fold(0_u64, |sum, n| sum.saturating_add(*n));
    for (what, times) in &tally.aside {
        say(&format!("{}: set aside {times} times: {what}", view.name));
    }
    for (what, times) in &tally.failed {
        say(&format!("{}: failed {times} times: {what}", view.name));
    }
    for (kind, times) in &tally.differ {
        say(&format!("{}: DIFFERS {times} times: {kind}", view.name));
    }
    let rate = f64::from(u32::try_from(all).unwrap_or(u32::MAX)) / seconds.max(0.001);
    say(&format!(
        "{}: {all} requests of seed {} from {}: {} configs and {} refusals agree, {aside} set aside, {failed} failed, {differ} differ ({seconds:.0} s, {rate:.1} a second)",
        view.name, asked.seed, asked.from, tally.configs, tally.refusals
    ));
    Ok(differ == 0 && failed == 0)
}

fn one(
    asked: &Asked,
    view: View,
    bench: &Bench,
    maker: &request::Maker,
    number: u64,
    tally: &Mutex<Tally>,
) {
    let request = maker.request(asked.seed, number);
    let mut verdict = bench.weigh(&request);
    if let Ok(Verdict::Differ(first)) = &verdict {
        // Another request's network or a restart of the service shows once.
        let again = bench.weigh(&request);
        if !matches!(again, Ok(Verdict::Differ(_))) {
            verdict = Ok(Verdict::Aside(format!("differed once and not again: {}", first.kind)));
        }
    }
    let Ok(mut counts) = tally.lock() else { return };
    let mut count = |map: fn(&mut Tally) -> &mut BTreeMap<String, u64>, key: String| {
        let times = map(&mut counts).entry(key).or_default();
        *times = times.saturating_add(1);
        *times
    };
    match verdict {
        Ok(Verdict::Configs) => counts.configs = counts.configs.saturating_add(1),
        Ok(Verdict::Refusals) => counts.refusals = counts.refusals.saturating_add(1),
        Ok(Verdict::Aside(why)) => drop(count(|t| &mut t.aside, why)),
        Err(error) => {
            let words = error.to_string();
            if count(|t| &mut t.failed, words.clone()) == 1 {
                say(&format!("== {} {number}: failed: {words}\n{request}", view.name));
            }
        }
        Ok(Verdict::Differ(difference)) => {
            let times = count(|t| &mut t.differ, difference.kind.clone());
            drop(counts);
            if times > 1 {
                return;
            }
            let (small, found) = match work::shrunk(bench, &request, &difference.kind) {
                Ok(done) => done,
                Err(_) => (request, difference),
            };
            say(&told(view, number, &small, &found));
        }
    }
}

fn told(view: View, number: u64, request: &serde_json::Value, found: &work::Difference) -> String {
    let mut text = format!(
        "== {} {number}: {}\nrequest {request}\npodman  {}\nocify   {}",
        view.name, found.kind, found.podman, found.ocify
    );
    for place in found.places.iter().take(8) {
        text.push_str("\n  ");
        text.push_str(place);
    }
    text
}

/// One request out of a file.
fn single(bench: &Bench, view: View, text: &str) -> Fallible<bool> {
    let mut well = true;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let request = serde_json::from_str(line)?;
        match bench.weigh(&request)? {
            Verdict::Differ(found) => {
                well = false;
                say(&told(view, 0, &request, &found));
            }
            other => say(&format!("{}: {other:?}", view.name)),
        }
    }
    Ok(well)
}
