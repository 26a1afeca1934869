//! Many containers at once, and processes that are killed at any moment: nothing is left, nothing is lost, nobody waits for ever.

use crate::bridged::{AARDVARK, Container, Host, NETAVARK};
use crate::ground::say;
use crate::outside::{
    asked, assert_unchanged, can, in_own_network, prepare_cgroups, prepare_network,
};
use ocify::linux::apply::{self, Attempt, Back, Failed, Outcome, State, ThisHost, Trouble};
use ocify::linux::{ApplyError, apply_on, cleanup, gather_with, prepare};
use ocify::plan::{Effect, Plan};
use ocify::{Options, compile};
use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
fn a_prepare_that_is_killed_at_any_moment_leaves_what_cleanup_takes_back() {
    case("killed");
}

#[test]
fn every_step_of_a_real_plan_fails_in_turn() {
    case("steps");
}

#[test]
fn two_hundred_containers_are_prepared_and_cleaned_up_at_once() {
    case("many");
}

fn case(name: &str) {
    if can(&[
        "busybox",
        "unshare",
        "mount",
        "ip",
        "iptables",
        "slirp4netns",
        "runc",
        NETAVARK,
        AARDVARK,
    ]) {
        in_own_network("run_many::inside", name, "runc", 400);
    }
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    prepare_cgroups(&runtime);
    prepare_network();
    let host = Host::new(&runtime, &case);
    fs::create_dir(host.scratch.join("state")).unwrap();
    match case.as_str() {
        "killed" => killed(&host),
        "many" => many(&host),
        "steps" => steps(&host),
        other => panic!("there is no case {other}"),
    }
}

/// Everything that a plan for root can hold here: a new network with a name server, ports, mounts, files, volumes, a secret.
const BRIDGE: &str = "netns: bridge\nNetworks: {lan: {}}\nportmappings: ['127.0.0.1:18080:80']\nvolumes: ['kept:/data', '/scratch']\ncommand: [sh]\n";
const SLIRP: &str = "netns: 'slirp4netns:port_handler=slirp4netns'\nportmappings: ['127.0.0.1:18080:80']\nvolumes: ['/data']\ncommand: [sh]\n";
const NONE: &str = "netns: none\nvolumes: ['/data']\ncommand: [sh]\n";

fn killed(host: &Host) {
    let times = kills(60);
    // The named volume stays, and is there from here on.
    let first = host.container(0, BRIDGE);
    prepare_by(host, &first, None);
    cleanup(&first.directory).unwrap();
    let before = host.listing();
    let (mut random, mut ended) = (Random(20_261_124), 0);
    for (text, share) in [(BRIDGE, 3), (SLIRP, 1), (NONE, 1)] {
        let container = host.container(0, text);
        let begin = Instant::now();
        prepare_by(host, &container, None);
        let whole = begin.elapsed();
        cleanup(&container.directory).unwrap();
        assert_unchanged(&before, &host.listing());
        for _ in 0..times * share / 5 {
            let micros = u64::try_from(whole.as_micros()).unwrap();
            let moment = Duration::from_micros(random.below(micros * 11 / 10));
            ended += u64::from(prepare_by(host, &container, Some(moment)));
            if moment.as_micros().is_multiple_of(4) {
                // To prepare it again is as good as to clean up first, and twice as good as once.
                prepare_by(host, &container, None);
                let prepared = host.listing();
                prepare_by(host, &container, None);
                assert_unchanged(&prepared, &host.listing());
            }
            cleanup(&container.directory).unwrap_or_else(|e| panic!("after {moment:?}: {e}"));
            assert_unchanged(&before, &host.listing());
            cleanup(&container.directory).unwrap();
            assert_unchanged(&before, &host.listing());
        }
    }
    say(&format!("{times} times killed, {ended} of them when it was done already"));
}

/// Prepares a container by the program, and kills it after a time. Says whether it was done by then.
fn prepare_by(host: &Host, container: &Container<'_>, killed_after: Option<Duration>) -> bool {
    let config = host.scratch.join("config.yaml");
    fs::write(&config, &container.text).unwrap();
    let options = &container.options.gather;
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocify"));
    command.arg("prepare").arg(&config).arg("--id").arg(options.id.as_ref().unwrap());
    for (name, path) in [
        ("--state-dir", &options.state_dir),
        ("--volume-dir", &options.volume_dir),
        ("--containers-conf", &options.containers_conf),
    ] {
        command.arg(name).arg(path.as_ref().unwrap());
    }
    command.arg("--runtime").arg(&host.runtime).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let Some(moment) = killed_after else {
        assert!(child.wait().unwrap().success());
        return true;
    };
    std::thread::sleep(moment);
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    ended.is_some_and(|status| {
        assert!(status.success());
        true
    })
}

/// How often a `prepare` is killed: `OCIFY_KILLS`, or so often.
pub(crate) fn kills(times: u64) -> u64 {
    std::env::var("OCIFY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(times)
}

/// A small generator: the moments are spread, and the same each time.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

fn many(host: &Host) {
    let shared = host.container(999, "netns: none\nvolumes: ['kept:/data']\ncommand: [sh]\n");
    let facts = gather_with(&shared.config, &shared.options.gather).unwrap();
    let compiled = compile(&shared.config, &facts, &Options::default()).unwrap();
    prepare(&compiled, &facts, &shared.options).unwrap().undo().unwrap();
    let before = host.listing();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..200 {
            scope.spawn(move || {
                // Each fourth has a network, one at a time as netavark has it.
                let network = if number % 4 == 0 {
                    "netns: bridge\nNetworks: {lan: {}}"
                } else {
                    "netns: none"
                };
                let container = host.container(
                    number,
                    &format!("{network}\nvolumes: ['kept:/data', '/scratch']\ncommand: [sh]\n"),
                );
                let facts = gather_with(&container.config, &container.options.gather).unwrap();
                let compiled = compile(&container.config, &facts, &Options::default()).unwrap();
                let applied = prepare(&compiled, &facts, &container.options)
                    .unwrap_or_else(|e| panic!("{number}: {e:?}"));
                if number % 2 == 0 {
                    applied.undo().unwrap();
                } else {
                    drop(applied);
                    cleanup(&container.directory).unwrap();
                }
            });
        }
    });
    say(&format!("200 containers in {} s", begin.elapsed().as_secs()));
    assert_unchanged(&before, &host.listing());
}

/// This host, which performs a step and then fails, or fails in its place.
struct Failing {
    host: ThisHost,
    fails: usize,
    undone: bool,
    performed: AtomicUsize,
}

impl apply::Host for Failing {
    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        self.host.foresee(effect)
    }
    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        let fails = self.performed.fetch_add(1, Ordering::SeqCst) == self.fails;
        if !(fails && self.undone) {
            let outcome = self.host.perform(effect)?;
            if !fails {
                return Ok(outcome);
            }
        }
        let (path, source) = ("/made/up".into(), rustix::io::Errno::IO);
        Err(Failed { attempt: Attempt::Make, path, note: None, source })
    }
    fn renew(&mut self, plan: &Plan<'_>) {
        self.host.renew(plan);
    }
    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        self.host.take_back(back)
    }
    fn save(&self, state: &State) -> Result<(), Failed> {
        self.host.save(state)
    }
}

/// Whichever step of a plan fails, before or after it was performed, the host is as it was.
fn steps(host: &Host) {
    let first = host.container(0, BRIDGE);
    prepare_by(host, &first, None);
    cleanup(&first.directory).unwrap();
    let before = host.listing();
    let mut count = 0;
    for text in [BRIDGE, SLIRP, NONE] {
        let container = host.container(0, text);
        for undone in [false, true] {
            for fails in 0.. {
                let facts = gather_with(&container.config, &container.options.gather).unwrap();
                let compiled = compile(&container.config, &facts, &Options::default()).unwrap();
                let failing =
                    |host| Failing { host, fails, undone, performed: AtomicUsize::new(0) };
                match apply_on(&compiled.plan, &container.directory, failing) {
                    Ok(applied) => {
                        applied.undo().unwrap();
                        assert!(fails > 10, "{fails}");
                        break;
                    }
                    Err(ApplyError::Stopped { source, also }) => {
                        assert!(matches!(source, Trouble::Step { .. }), "{source:?}");
                        assert!(also.is_empty(), "{also:?}");
                    }
                    Err(other) => panic!("{other:?}"),
                }
                count += 1;
                assert_unchanged(&before, &host.listing());
            }
        }
    }
    say(&format!("{count} failures"));
}
