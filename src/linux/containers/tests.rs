//! Containers that are not there, or half, or twice.

use super::*;
use crate::linux::apply::{About, Launch, Taken};
use crate::linux::runtime::Runtime;
use crate::linux::scratch::Scratch;

fn id(letter: char) -> String {
    core::iter::repeat_n(letter, 64).collect()
}

fn state(id: &str, name: &str, created: &str) -> State {
    State {
        format_version: "1.0".to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        prepared: true,
        about: Some(About {
            created: created.to_owned(),
            command: Vec::from(["a".to_owned()]),
            dependency: Dependency {
                id: id.to_owned(),
                name: name.to_owned(),
                ..Dependency::default()
            },
            ..About::default()
        }),
        ..State::default()
    }
}

fn put(base: &Path, state: &State) -> PathBuf {
    let directory = base.join(&state.id);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("lock"), "").unwrap();
    fs::write(directory.join("state.json"), serde_json::to_string(state).unwrap()).unwrap();
    directory
}

/// A state that says that `runtime` was called; its own directory of the container is there.
fn started(base: &Path, mut of: State, runtime: &str) -> PathBuf {
    let root = base.join(&of.id).join("oci");
    fs::create_dir_all(root.join(&of.id)).unwrap();
    of.launch = Some(Launch {
        runtime: Runtime { program: runtime.into(), root, systemd_cgroup: false },
        terminal: false,
        cgroup: None,
    });
    of.steps.push(Taken { what: "run".to_owned(), ..Taken::default() });
    put(base, &of)
}

#[test]
fn a_container_is_found_by_id_name_or_the_beginning_of_an_id() {
    let scratch = Scratch::new();
    let base = scratch.path();
    let long = |text: &str| format!("{text:0<64}");
    for (id, name) in
        [(long("abc"), "web"), (long("abd"), "db"), (long("cafe"), "abc"), (long("feed"), "cafe")]
    {
        put(base, &state(&id, name, ""));
    }
    let found = |text: &str| {
        find(base, text).map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
    };
    assert_eq!(found("web").unwrap(), long("abc"));
    // A whole id, then a name, then a beginning.
    assert_eq!(found(&long("cafe")).unwrap(), long("cafe"));
    assert_eq!(found("cafe").unwrap(), long("feed"));
    assert_eq!(found("caf").unwrap(), long("cafe"));
    assert_eq!(found("abc").unwrap(), long("cafe"));
    assert!(
        matches!(found("ab"), Err(FindError::Several { ids, .. }) if ids == [long("abc"), long("abd")])
    );
    for text in ["", "x", "../x", "WEB"] {
        assert!(matches!(found(text), Err(FindError::None { .. })), "{text}");
    }
    let none = find(Path::new("/nowhere/base"), "web").unwrap_err().to_string();
    assert_eq!(
        none,
        "no container with name or ID \"web\" found below /nowhere/base: no such container"
    );
    assert_eq!(dependency(base, "web").unwrap().id, long("abc"));
    assert_eq!(dependency(base, "nobody").unwrap(), Dependency::default());
    assert!(matches!(
        dependency(base, "ab"),
        Err(DependencyError::Find(FindError::Several { .. }))
    ));
}

#[test]
fn the_list_has_all_of_them_the_oldest_first() {
    let scratch = Scratch::new();
    let base = scratch.path();
    put(base, &state(&id('c'), "younger", "2026-01-01T00:00:27.5Z"));
    put(base, &state(&id('b'), "older", "2026-01-01T00:00:27Z"));
    let half =
        put(base, &State { prepared: false, ..state(&id('e'), "half", "2026-01-02T00:00:00Z") });
    let text = |name: &str, text: &str| {
        fs::create_dir_all(base.join(name)).unwrap();
        fs::write(base.join(name).join("state.json"), text).unwrap();
    };
    text("torn", "{");
    text(
        "newer",
        "{\"format_version\":\"9.0\",\"id\":\"\",\"name\":\"\",\"bundle\":\"\",\"prepared\":true,\"steps\":[]}",
    );
    // Nothing is written down yet; and what is no container's.
    fs::create_dir_all(base.join("empty")).unwrap();
    fs::write(base.join("empty/lock"), "").unwrap();
    fs::create_dir_all(base.join("overlay-containers/x")).unwrap();
    fs::write(base.join("file"), "").unwrap();
    let told = |list: &[Listed]| -> Vec<(String, Status)> {
        list.iter().map(|one| (one.id.get(..5).unwrap_or(&one.id).to_owned(), one.state)).collect()
    };
    let pair = |id: &str, state| (id.to_owned(), state);
    let list_now = || list(base).unwrap();
    let found = list_now();
    assert_eq!(
        told(&found),
        [
            pair("empty", Status::Broken),
            pair("newer", Status::Broken),
            pair("torn", Status::Broken),
            pair("bbbbb", Status::Prepared),
            pair("ccccc", Status::Prepared),
            pair("eeeee", Status::Broken),
        ]
    );
    let error = |at: usize| found.get(at).unwrap().error.clone().unwrap();
    assert!(error(0).contains("clean it up") && error(5).contains("not prepared to the end"));
    assert!(error(1).contains("version `9.0`"), "{}", error(1));
    assert!(error(2).contains("state.json"), "{}", error(2));
    // While somebody works on it, it is being prepared.
    let lock = Lock::take(&half).unwrap();
    assert_eq!(told(&list_now()).last(), Some(&pair("eeeee", Status::Preparing)));
    drop(lock);
    // Looking does not get in the way of those who work.
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| (0..200).for_each(|_| drop(list_now())));
        while !looks.is_finished() {
            assert!(Lock::take(&half).unwrap().is_some());
        }
    });
    assert_eq!(list(Path::new("/nowhere/base")), Ok(Vec::new()));
    let json = serde_json::to_value(found.get(3).unwrap()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "id": id('b'), "name": "older", "state": "prepared", "error": null, "pid": null, "created": "2026-01-01T00:00:27Z",
            "command": ["a"], "image": "", "rootfs": "", "directory": base.join(id('b')),
        })
    );
}

#[test]
fn whether_a_container_runs_is_the_runtimes_to_say() {
    let scratch = Scratch::new();
    let base = scratch.path();
    let runtime = |name: &str, says: &str| {
        let path = base.join(name);
        fs::write(&path, format!("#!/bin/sh\n{says}\n")).unwrap();
        let mut mode = fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        fs::set_permissions(&path, mode).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let says = |name: &str, status: &str| {
        runtime(name, &format!("echo '{{\"status\":\"{status}\",\"pid\":4242}}'"))
    };
    let own = std::process::id();
    for (letter, program, pid, wanted, podman, runs_as) in [
        ('a', says("ra", "running"), own, Status::Running, "running", Some(4242)),
        ('b', says("rb", "paused"), own, Status::Paused, "paused", Some(4242)),
        ('c', says("rc", "stopped"), own, Status::Exited, "exited", None),
        ('d', says("rd", "created"), own, Status::Prepared, "created", None),
        // The runtime does not know it any more; its process is gone, so that the runtime is not asked.
        ('e', runtime("re", "exit 1"), own, Status::Exited, "exited", None),
        ('f', says("rf", "running"), u32::MAX, Status::Exited, "exited", None),
    ] {
        let directory = started(base, state(&id(letter), &letter.to_string(), ""), &program);
        fs::write(State::pid_file(&directory), format!("{pid}\n")).unwrap();
        let listed = list(base).unwrap().into_iter().find(|one| one.id == id(letter)).unwrap();
        assert_eq!((listed.state, listed.pid, listed.error), (wanted, runs_as, None), "{letter}");
        let told = dependency(base, &letter.to_string()).unwrap();
        assert_eq!(
            (told.state.as_str(), told.pid),
            (podman, runs_as.unwrap_or_default()),
            "{letter}"
        );
        fs::remove_dir_all(directory.join("oci")).unwrap();
        assert_eq!(dependency(base, &letter.to_string()).unwrap().state, "exited");
    }
    // While a process works on one that is not told of yet, it is looked again.
    let directory = started(base, state(&id('6'), "late", ""), &says("late", "running"));
    let root = directory.join("oci").join(id('6'));
    fs::remove_dir(&root).unwrap();
    let lock = Lock::take(&directory).unwrap();
    std::thread::scope(|scope| {
        let told = scope.spawn(|| dependency(base, "late").unwrap());
        std::thread::sleep(Duration::from_millis(60));
        fs::create_dir(&root).unwrap();
        assert_eq!(told.join().unwrap().state, "running");
    });
    drop(lock);
    // A runtime that is gone cannot say.
    let directory = started(base, state(&id('9'), "lost", ""), "/nowhere/runtime");
    fs::write(State::pid_file(&directory), own.to_string()).unwrap();
    let listed = list(base).unwrap().into_iter().find(|one| one.name == "lost").unwrap();
    assert_eq!(listed.state, Status::Broken);
    assert!(listed.error.unwrap().contains("/nowhere/runtime"));
    assert!(matches!(dependency(base, "lost"), Err(DependencyError::Runs { .. })));
    // A state of an earlier version says too little.
    put(base, &State { about: None, ..state(&id('8'), "old", "") });
    assert!(matches!(dependency(base, "old"), Err(DependencyError::Unknown { .. })));
    fs::write(base.join(id('8')).join("state.json"), "{").unwrap();
    assert!(matches!(dependency(base, "888"), Err(DependencyError::State { .. })));
    // Its hosts file is read where it is bound from.
    let mut with = state(&id('7'), "hosts", "");
    fs::write(base.join("hosts"), "127.0.0.1 localhost\n").unwrap();
    if let Some(about) = &mut with.about {
        about
            .dependency
            .bind_mounts
            .insert("/etc/hosts".to_owned(), base.join("hosts").to_str().unwrap().to_owned());
    }
    put(base, &with);
    assert_eq!(
        dependency(base, "hosts").unwrap().hosts.unwrap().get().unwrap(),
        "127.0.0.1 localhost\n"
    );
}
