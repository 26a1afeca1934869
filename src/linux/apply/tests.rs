//! Plans on a model of a host that fails where it is told to, and on this host in a directory of the test's own.
#![expect(clippy::arithmetic_side_effects, reason = "small counters")]

use super::carry_out::carry_out_steps;
use super::*;
use crate::linux::scratch::Scratch;
use crate::plan::{Content, PlanStep};
use crate::provenance::Because;
use rustix::io::Errno;
use std::borrow::ToOwned;
use std::collections::BTreeSet;
use std::format;
use std::os::unix::fs::MetadataExt as _;
use std::string::ToString as _;

/// A host of names: each effect makes one, its way back removes it.
#[derive(Debug, Default)]
struct Model(Mutex<Made>);

/// What such a host is told, and what is there.
#[derive(Clone, Debug, Default)]
struct Made {
    things: BTreeSet<PathBuf>,
    /// What happened, for reading.
    log: Vec<String>,
    /// The effect that fails, half done, by its number.
    fails: Option<usize>,
    /// The saving that fails, by its number.
    save_fails: Option<usize>,
    /// What cannot be taken back.
    stuck: BTreeSet<PathBuf>,
    performed: usize,
    saved: usize,
    /// What a killed process would leave: the state as last saved, and the things, after everything that happened.
    kills: Vec<(State, BTreeSet<PathBuf>)>,
    last: State,
}

fn refused(path: &Path) -> Failed {
    Failed::at(Attempt::Make, path)(Errno::IO)
}

fn path_of(effect: &Effect<'_>) -> PathBuf {
    let (Effect::MakeDir { path, .. }
    | Effect::MountShm { path, .. }
    | Effect::WriteFile { path, .. }) = effect
    else {
        panic!("{effect:?}")
    };
    PathBuf::from(&**path)
}

impl Made {
    fn happened(&mut self, what: String) {
        self.log.push(what);
        self.kills.push((self.last.clone(), self.things.clone()));
    }
}

impl Host for Model {
    fn check(&self, plan: &[PlanStep<'_>]) -> Result<(), Unsupported> {
        check(plan)
    }

    fn at_once(&self) -> bool {
        false
    }

    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        let path = path_of(effect);
        let there = self.0.lock().unwrap().things.contains(&path);
        Ok(if there { Vec::new() } else { Vec::from([Back::RemoveFile { path }]) })
    }

    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        let (path, mut made) = (path_of(effect), self.0.lock().unwrap());
        made.things.insert(path.clone());
        made.happened(format!("do {}", path.display()));
        made.performed += 1;
        if made.fails == Some(made.performed - 1) { Err(refused(&path)) } else { Ok(None) }
    }

    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        let Back::RemoveFile { path } = back else { panic!("{back:?}") };
        let mut made = self.0.lock().unwrap();
        let stuck = made.stuck.contains(path);
        if !stuck {
            made.things.remove(path);
        }
        made.happened(format!("undo {}", path.display()));
        if stuck { Err(refused(path)) } else { Ok(()) }
    }

    fn save(&self, state: &State) -> Result<(), Failed> {
        let mut made = self.0.lock().unwrap();
        made.saved += 1;
        if made.save_fails == Some(made.saved - 1) {
            return Err(refused(Path::new("state")));
        }
        made.last = serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap();
        let (last, things) = (made.last.clone(), made.things.clone());
        made.kills.push((last, things));
        Ok(())
    }
}

fn step(stage: Stage, path: &str) -> PlanStep<'static> {
    PlanStep {
        stage,
        effect: Effect::MakeDir { path: path.to_owned().into(), mode: 0o700, uid: 0, gid: 0 },
        because: Because::NOTHING,
    }
}

/// Two steps of each stage.
fn plan() -> Vec<PlanStep<'static>> {
    let stages =
        [(Stage::Network, "n"), (Stage::Storage, "s"), (Stage::Generate, "g"), (Stage::Init, "i")];
    stages
        .iter()
        .flat_map(|(stage, name)| [1, 2].map(|n| step(*stage, &format!("/{name}{n}"))))
        .collect()
}

/// Carries the plan out on a host, and gives what is there then.
fn run(made: Made) -> (Result<(), ApplyError>, State, Made) {
    let (model, mut state) = (Model(Mutex::new(made)), State::new("id", "name", "/bundle"));
    let result = carry_out_steps(&model, &plan(), &mut state);
    (result, state, model.0.into_inner().unwrap())
}

/// Takes everything back on a host, and gives what is there then.
fn back(made: Made, state: &mut State) -> (Vec<Failed>, Made) {
    let model = Model(Mutex::new(made));
    let failures = roll_back(&model, state, 0, |_| true);
    (failures, model.0.into_inner().unwrap())
}

#[test]
fn steps_are_taken_in_order_and_the_state_knows_them() {
    let (result, state, model) = run(Made::default());
    assert_eq!(result, Ok(()));
    assert_eq!(
        model.log,
        ["do /n1", "do /n2", "do /s1", "do /s2", "do /g1", "do /g2", "do /i1", "do /i2"]
    );
    assert!(
        state.prepared && model.last == state && state.steps.iter().all(|s| s.done),
        "{state:?}"
    );
}

#[test]
fn a_failure_at_any_step_leaves_the_host_as_it_was() {
    for fails in 0..plan().len() {
        let (result, state, model) = run(Made {
            fails: Some(fails),
            things: BTreeSet::from(["/before".into()]),
            ..Made::default()
        });
        let Err(ApplyError::Stopped { source: Trouble::Step { step, effect, source }, also }) =
            result
        else {
            panic!("{fails}: {result:?}")
        };
        // A network that failed does not keep storage from being tried: that one counts as a step of its own.
        assert_eq!((step, effect, source.source, also), (fails, "make_dir", Errno::IO, Vec::new()));
        assert_eq!(model.things, BTreeSet::from(["/before".into()]), "{fails}: {:?}", model.log);
        assert!(state.steps.is_empty() && model.last.steps.is_empty());
        // Newest first: each was undone in the reverse of the order in which it was done.
        let of = |word: &str| {
            model
                .log
                .iter()
                .filter_map(|line| line.strip_prefix(word))
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        let (done, mut undone) = (of("do "), of("undo "));
        undone.reverse();
        if fails >= 2 {
            assert_eq!(done, undone, "{fails}");
        }
    }
}

/// A host on which each half waits for the other.
struct Meeting(std::sync::Barrier);

impl Host for Meeting {
    fn foresee(&self, _: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        Ok(Vec::new())
    }
    fn perform(&self, _: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        self.0.wait();
        Ok(None)
    }
    fn take_back(&self, _: &Back) -> Result<(), Failed> {
        Ok(())
    }
    fn save(&self, _: &State) -> Result<(), Failed> {
        Ok(())
    }
}

#[test]
fn network_and_storage_are_set_up_at_once() {
    // LP-PREP-01: one after the other they would never meet.
    let plan = [step(Stage::Network, "/n"), step(Stage::Storage, "/s")];
    let mut state = State::default();
    carry_out_steps(&Meeting(std::sync::Barrier::new(2)), &plan, &mut state).unwrap();
    assert!(state.prepared && state.steps.iter().all(|step| step.done));
}

#[test]
fn both_halves_are_tried_and_each_cleans_up_after_itself() {
    // LP-PREP-02, the rows with a network error.
    let (result, _, model) = run(Made { fails: Some(0), ..Made::default() });
    result.unwrap_err();
    assert_eq!(model.log, ["do /n1", "undo /n1", "do /s1", "do /s2", "undo /s2", "undo /s1"]);
    // Only storage fails: it undoes its own, then the network is taken down.
    let (result, _, model) = run(Made { fails: Some(2), ..Made::default() });
    result.unwrap_err();
    assert_eq!(model.log, ["do /n1", "do /n2", "do /s1", "undo /s1", "undo /n2", "undo /n1"]);
}

#[test]
fn a_process_killed_anywhere_leaves_what_cleaning_up_needs() {
    let mut kills = Vec::new();
    for fails in (0..plan().len()).map(Some).chain([None]) {
        kills.extend(run(Made { fails, ..Made::default() }).2.kills);
    }
    assert!(kills.len() > 100);
    for (state, things) in kills {
        let killed = Made { things, last: state.clone(), ..Made::default() };
        let (failures, model) = back(killed, &mut state.clone());
        assert_eq!(failures, []);
        assert!(model.things.is_empty(), "{state:?} leaves {:?}", model.things);
        // Cleaning up was killed as well, anywhere: it is done again.
        for (mut state, things) in model.kills {
            let (failures, again) = back(Made { things, ..Made::default() }, &mut state);
            assert_eq!(failures, []);
            assert!(again.things.is_empty());
        }
    }
}

#[test]
fn a_state_that_cannot_be_saved_stops_and_leaves_nothing() {
    let (result, _, clean) = run(Made::default());
    result.unwrap();
    for save_fails in 0..clean.saved {
        let (result, _, model) = run(Made { save_fails: Some(save_fails), ..Made::default() });
        assert!(
            matches!(result, Err(ApplyError::Stopped { source: Trouble::Save(_), .. })),
            "{save_fails}: {result:?}"
        );
        assert!(model.things.is_empty(), "{save_fails}: {:?}", model.log);
    }
}

#[test]
fn what_cannot_be_taken_back_is_reported_and_tried_again() {
    let (result, mut state, mut model) = run(Made {
        fails: Some(6),
        stuck: BTreeSet::from(["/g1".into(), "/n2".into()]),
        ..Made::default()
    });
    let Err(ApplyError::Stopped { source: Trouble::Step { step: 6, .. }, also }) = result else {
        panic!("{result:?}")
    };
    let left: Vec<Failed> = also
        .into_iter()
        .map(
            |trouble| {
                if let Trouble::Back(failed) = trouble { failed } else { panic!("{trouble:?}") }
            },
        )
        .collect();
    assert_eq!(left, [refused(Path::new("/g1")), refused(Path::new("/n2"))]);
    // It went on past both.
    assert_eq!(model.things, BTreeSet::from(["/g1".into(), "/n2".into()]));
    assert_eq!(state.steps.len(), 2);
    assert_eq!(model.last, state);
    model.stuck.clear();
    let (failures, model) = back(model, &mut state);
    assert_eq!(failures, []);
    assert!(model.things.is_empty() && state.steps.is_empty());
}

#[test]
fn what_was_there_before_stays() {
    let (result, _, model) = run(Made {
        fails: Some(7),
        things: BTreeSet::from(["/s1".into(), "/g2".into()]),
        ..Made::default()
    });
    result.unwrap_err();
    assert_eq!(model.things, BTreeSet::from(["/s1".into(), "/g2".into()]));
}

#[test]
fn a_plan_with_what_is_not_supported_is_refused_before_anything_is_done() {
    let image = Effect::MountImage { image: "i".into(), mountpoint: "/m".into() };
    let mut plan = plan();
    plan.push(PlanStep { stage: Stage::Generate, effect: image, because: Because::NOTHING });
    let model = Model::default();
    let refused = carry_out_steps(&model, &plan, &mut State::default());
    let Err(ApplyError::Unsupported(refusal)) = refused else { panic!() };
    let model = model.0.into_inner().unwrap();
    assert_eq!((refusal.step, refusal.effect, refusal.field), (8, "mount_image", "image_volumes"));
    assert!(refusal.to_string().contains("`mounts`"));
    assert!(model.log.is_empty() && model.saved == 0);
}

/// This host, failing where it is told to.
struct Failing {
    host: ThisHost,
    fails: Option<usize>,
    performed: Mutex<usize>,
}

impl Host for Failing {
    fn at_once(&self) -> bool {
        false
    }
    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        self.host.foresee(effect)
    }
    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        self.host.perform(effect)?;
        let mut performed = self.performed.lock().unwrap();
        *performed += 1;
        if self.fails == Some(*performed - 1) { Err(refused(Path::new("/"))) } else { Ok(None) }
    }
    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        self.host.take_back(back)
    }
    fn save(&self, state: &State) -> Result<(), Failed> {
        self.host.save(state)
    }
}

/// Everything below a directory: path, mode, owner, content of files.
fn listing(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = Vec::from([directory.to_owned()]);
    while let Some(path) = open.pop() {
        let meta = path.symlink_metadata().unwrap();
        let text =
            if meta.is_file() { std::fs::read_to_string(&path).unwrap() } else { String::new() };
        found.push(format!(
            "{} {:o} {}:{} {text}",
            path.display(),
            meta.mode(),
            meta.uid(),
            meta.gid()
        ));
        if meta.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

/// What would be left mounted.
fn mounts_below(directory: &Path) -> usize {
    let text = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    text.lines().filter(|line| line.contains(&format!(" {}/", directory.display()))).count()
}

fn real_plan(at: &Path) -> Vec<PlanStep<'static>> {
    let path = |name: &str| Cow::Owned(at.join(name).to_str().unwrap().to_owned());
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let write = |name: &str, text: &'static str| Effect::WriteFile {
        path: path(name),
        content: Content::Text(text.into()),
        mode: 0o644,
        uid,
        gid,
        label: "".into(),
    };
    let mut effects = Vec::from([
        (Stage::Storage, Effect::MakeDir { path: path("own/shm"), mode: 0o700, uid, gid }),
        (
            Stage::Storage,
            Effect::CreateVolume {
                name: "anonymous".into(),
                uid,
                gid,
                anonymous: true,
                options: Vec::new(),
            },
        ),
        (Stage::Generate, Effect::MakeDir { path: path("own/run"), mode: 0o755, uid, gid }),
        (Stage::Generate, write("own/run/hosts", "127.0.0.1 localhost\n")),
        (Stage::Generate, write("there", "changed")),
        (
            Stage::Generate,
            Effect::WriteSecret {
                name: "word".into(),
                path: path("own/secrets/word"),
                uid,
                gid,
                mode: 0o400,
            },
        ),
        (
            Stage::Generate,
            Effect::CopyTree {
                source: path("source"),
                destination: path("own/run/copy"),
                uid,
                gid,
                label: "".into(),
            },
        ),
        (
            Stage::Generate,
            Effect::AddHosts {
                path: path("other_hosts"),
                ip: "127.0.0.1".into(),
                names: Vec::from(["web".into()]),
            },
        ),
        (
            Stage::Generate,
            Effect::Overlay {
                source: path("source"),
                content: path("own/overlay/1"),
                upper: path("own/overlay/1/upper"),
                work: path("own/overlay/1/work"),
                program: Vec::new(),
                uid,
                gid,
            },
        ),
        (
            Stage::Generate,
            Effect::Chown {
                path: path("own/run"),
                uid,
                gid,
                recursive: true,
                unless_owned: false,
                guarded: false,
            },
        ),
        (
            Stage::Generate,
            Effect::Relabel {
                path: path("own/run"),
                label: "a:b:c:s0".into(),
                shared: true,
                unless_labelled: true,
            },
        ),
        (Stage::Init, Effect::SaveSpec { path: path("own/config.json") }),
    ]);
    if rustix::process::geteuid().is_root() {
        effects.insert(
            1,
            (
                Stage::Storage,
                Effect::MountShm {
                    path: path("own/shm"),
                    data: "mode=1777,size=65536".into(),
                    uid: 5,
                    gid: 6,
                },
            ),
        );
        let options = ["source", "own/root/upper", "own/root/work"].map(path);
        let options = ["lowerdir", "upperdir", "workdir"]
            .iter()
            .zip(options)
            .map(|(key, path)| Cow::Owned(format!("{key}={path}")))
            .chain(["nodev".into()])
            .collect();
        effects.insert(
            2,
            (
                Stage::Storage,
                Effect::MountRootfsOverlay {
                    rootfs: path("source"),
                    content: path("own/root"),
                    options,
                    program: "".into(),
                    uid,
                    gid,
                },
            ),
        );
    }
    if rustix::process::geteuid().is_root() {
        let options = ["device=shared", "o=size=1m", "type=tmpfs"].map(Cow::Borrowed).into();
        let volume =
            Effect::CreateVolume { name: "served".into(), uid, gid, anonymous: true, options };
        let mount = Effect::MountVolume {
            name: "served".into(),
            mountpoint: path("volumes/served/_data"),
            needs_mount: true,
            copy_up: "".into(),
        };
        let program = ["program", "-o", "lowerdir=", "own/overlay/2/merge"].map(|word| {
            if word.starts_with('-') || word.ends_with('=') { word.into() } else { path(word) }
        });
        let overlay = Effect::Overlay {
            source: path("source"),
            content: path("own/overlay/2"),
            upper: path("own/overlay/2/upper"),
            work: path("own/overlay/2/work"),
            program: program.into(),
            uid,
            gid,
        };
        effects.extend([
            (Stage::Storage, volume),
            (Stage::Storage, mount),
            (Stage::Generate, overlay),
        ]);
        // Numbers of steps are told in the order of their stages.
        effects.sort_by_key(|(stage, _)| *stage);
    }
    effects
        .into_iter()
        .map(|(stage, effect)| PlanStep { stage, effect, because: Because::NOTHING })
        .collect()
}

#[test]
fn this_host_is_as_it_was_whichever_step_fails() {
    let scratch = Scratch::new();
    let at = scratch.path();
    let directory = at.join("state");
    std::fs::create_dir(at.join("source")).unwrap();
    std::fs::write(at.join("source/file"), "text").unwrap();
    // In the place of a program that serves an overlay.
    std::fs::write(at.join("program"), "#!/bin/sh\nexec mount -t tmpfs none \"$3\"\n").unwrap();
    std::fs::set_permissions(
        at.join("program"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    std::fs::write(at.join("there"), "before").unwrap();
    std::fs::write(at.join("other_hosts"), "127.0.0.1\tlocalhost\n").unwrap();
    let mut facts = crate::Facts::default();
    facts.engine.volume_path = Some(at.join("volumes").to_str().unwrap().to_owned());
    facts.secrets.insert(
        "word",
        crate::facts::SecretFacts {
            data: Some("secret".to_owned()),
            ..crate::facts::SecretFacts::default()
        },
    );
    let draft = crate::draft::Draft { plan: real_plan(at), ..crate::draft::Draft::default() };
    let (config, options) = (crate::Config::default(), crate::Options::default());
    let plan = Plan { draft, facts: &facts, config: &config, options };
    // Overlays do not lie on every file system: what cannot be mounted here is not tried.
    let before = listing(at);
    for fails in (0..plan.len()).map(Some).chain([None]) {
        let mut state = State::new("id", "name", "");
        let lock = begin(&directory, &mut state).unwrap();
        assert!(matches!(begin(&directory, &mut State::default()), Err(ApplyError::InUse { .. })));
        assert!(matches!(cleanup(&directory), Err(CleanupError::Busy { .. })));
        let (host, performed) = (ThisHost::new(&directory, &plan), Mutex::default());
        let mut host = Failing { host, fails, performed };
        let result = carry_out(&mut host, &plan, &mut state);
        match (fails, result) {
            (None, result) => {
                result.unwrap();
                let found = listing(at);
                for (name, part) in [
                    ("own/run/hosts", "100644"),
                    ("own/secrets/word", "100400"),
                    ("own/run/copy/file", "text"),
                    ("own/config.json", "{\"ociVersion\":"),
                    ("other_hosts", "127.0.0.1\tweb"),
                    ("volumes/anonymous/_data", "40755"),
                    ("there", "changed"),
                ] {
                    let name = at.join(name).display().to_string();
                    assert!(
                        found.iter().any(|line| line.starts_with(&name) && line.contains(part)),
                        "{name}: {found:#?}"
                    );
                }
                if rustix::process::geteuid().is_root() {
                    assert_eq!(mounts_below(at), 4);
                    let shm = at.join("own/shm").metadata().unwrap();
                    assert_eq!((shm.uid(), shm.gid(), shm.mode() & 0o7777), (5, 6, 0o1777));
                    assert!(at.join("own/root/merge/file").exists());
                }
            }
            (Some(step), result) => assert!(
                matches!(result, Err(ApplyError::Stopped { source: Trouble::Step { step: s, .. }, .. }) if s == step),
                "{fails:?}"
            ),
        }
        drop(lock);
        cleanup(&directory).unwrap();
        cleanup(&directory).unwrap();
        // A file that was there before cannot get its old content back; it is not removed either.
        std::fs::write(at.join("there"), "before").unwrap();
        assert_eq!(listing(at), before, "{fails:?}");
        assert_eq!(mounts_below(at), 0);
    }
}

#[test]
fn a_directory_without_state_is_cleaned_up() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("base/id");
    std::fs::create_dir_all(&directory).unwrap();
    cleanup(&directory).unwrap();
    cleanup(&directory).unwrap();
    assert!(!directory.exists());
}

#[test]
fn a_name_is_given_once_and_the_last_takes_the_directory_away() {
    let scratch = Scratch::new();
    let base = scratch.path().join("base/below");
    let begun = |id: &str, name: &str| {
        let mut state = State::new(id, name, "");
        begin(&base.join(id), &mut state)
    };
    drop(begun("one", "web").unwrap());
    let refused = begun("two", "web").unwrap_err();
    assert!(matches!(&refused, ApplyError::NameInUse { name, id } if name == "web" && id == "one"));
    assert!(refused.to_string().contains("\"web\" is already in use by one"), "{refused}");
    assert!(!base.join("two").exists());
    // Its own directory is told of first, and nameless ones are not in each other's way.
    assert!(matches!(begun("one", "web"), Err(ApplyError::InUse { .. })));
    drop(begun("three", "").unwrap());
    drop(begun("four", "").unwrap());
    // The first goes before the others.
    for id in ["one", "three", "four"] {
        assert!(base.exists());
        cleanup(&base.join(id)).unwrap();
    }
    assert!(!scratch.path().join("base").exists());
    // Coming and going at once: whoever begins finds the directory, though the last before it takes it away.
    let base = scratch.path().join("busy");
    std::thread::scope(|scope| {
        for worker in 0..4_u32 {
            let base = &base;
            scope.spawn(move || {
                for round in 0..50_u32 {
                    let id = std::format!("{worker}-{round}");
                    drop(begin(&base.join(&id), &mut State::new(&id, &id, "")).unwrap());
                    cleanup(&base.join(&id)).unwrap();
                }
            });
        }
    });
    assert!(!base.exists());
}
