//! Takes user, seccomp path, cgroups mode, pids limit and log driver from the image and the engine where the request has none.

use super::image;
use crate::draft::Draft;
use crate::facts::Errno;
use crate::path;
use crate::problem::{Problem, WarningKind};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, format, string::String};

/// Where a seccomp profile is looked for, in order.
const SECCOMP_PATHS: [&str; 2] =
    ["/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"];
/// Limit on processes where containers.conf has none.
const PIDS_LIMIT: i64 = 2048;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| seccomp_path(cx, draft));
    cx.within(|| user(cx, draft));
    cx.within(|| cgroups_mode(cx, draft));
    cx.within(|| pids(cx, draft));
    cx.within(|| log(cx, draft));
}

/// SG-SECC-01
fn seccomp_path<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().seccomp_profile_path();
    let place = &mut draft.working.seccomp_path;
    if !given.is_empty() {
        return place.set(cx, Rule::OcGiven01, || Cow::Borrowed(given));
    }
    if let Some(path) = cx.facts().conf_seccomp_profile().filter(|path| !path.is_empty()) {
        return place.set(cx, Rule::SgSecc01, || Cow::Borrowed(path.as_str()));
    }
    for path in SECCOMP_PATHS {
        match cx.facts().path_answer(path, |p| p.kind.as_ref()) {
            Ok(_) => return place.set(cx, Rule::SgSecc01, || Cow::Borrowed(path)),
            Err(Errno::ENOENT) => {}
            Err(errno) => {
                return draft.refuse(cx, Rule::SgSecc01, Problem::SeccompDefault { path, errno });
            }
        }
    }
    place.set(cx, Rule::SgSecc01, || Cow::Borrowed(""));
}

/// SG-USER-01
fn user<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().user();
    let (rule, user) = if !given.is_empty() {
        (Rule::OcGiven01, given.as_str())
    } else if image::is_used(cx, draft) {
        (Rule::SgUser01, cx.facts().image_user().map_or("", String::as_str))
    } else {
        (Rule::SgUser01, "")
    };
    draft.container.user.set(cx, rule, || Cow::Borrowed(user));
    cx.within(|| {
        let groups = cx.config().groups();
        if !groups.is_empty() {
            draft.container.groups.set(cx, Rule::SgUser01, || groups);
        }
    });
}

/// SG-CG-01
fn cgroups_mode<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.working.cgroups_mode.set(cx, Rule::SgCg01, || match cx.config().cgroups_mode() {
        given if !given.is_empty() => given.as_str(),
        _ => cx.facts().conf_cgroups().map_or("enabled", String::as_str),
    });
}

/// SG-RES-02: unless the request has a limit, be it 0.
fn pids<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.spec.resources.pids.see(cx).is_some()
        || draft.working.cgroups_mode.see(cx) == Some(&"disabled")
    {
        return;
    }
    // That the request has none is not in the place, which nothing has decided yet.
    draft.working.limits.see(cx);
    // The engine's library of settings asks storage whether it is rootless.
    if cx.facts().rootless_in_storage()
        && (cx.facts().cgroup_manager() != "systemd" || cx.facts().cgroup_unified() != Ok(&true))
    {
        return draft.spec.resources.pids.set(cx, Rule::SgRes02, || None);
    }
    let limit = cx.facts().conf_pids_limit().copied().unwrap_or(PIDS_LIMIT);
    draft.spec.resources.pids.set(cx, Rule::SgRes02, || (limit != 0).then_some(limit));
}

/// SG-LOG-01: the driver is checked with the other options.
fn log<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().log_configuration().as_ref();
    let driver = match given.map(|log| log.driver.as_str()) {
        Some(driver) if !driver.is_empty() => driver,
        _ => match cx.facts().conf_log_driver() {
            Some(driver) => driver,
            None => cx.facts().log_driver(),
        },
    };
    draft.container.log_driver.set(cx, Rule::SgLog01, || Cow::Borrowed(driver));
    draft.container.log_path.set(cx, Rule::SgLog01, || match given.map(|log| log.path.as_str()) {
        Some(path) if !path.is_empty() => Cow::Borrowed(path),
        _ if matches!(driver, "none" | "passthrough" | "journald") => Cow::Borrowed(""),
        _ => Cow::Owned(path::join(&[cx.facts().static_dir(), "ctr.log"])),
    });
    draft.container.log_size.set(cx, Rule::SgLog01, || given.map_or(0, |log| log.size.0.max(0)));
    cx.within(|| {
        let own = given.and_then(|log| log.options.get("tag")).map_or("", String::as_str);
        let conf = cx.facts().conf_log_tag().map_or("", String::as_str);
        let refused = !conf.is_empty() && driver == "json-file";
        if refused {
            let text = format!(
                "log_tag {} is not allowed with \"json-file\" log_driver",
                crate::quote::Quoted(conf)
            );
            draft.warn(cx, Rule::SgLog01, WarningKind::Logged(text));
        }
        let tag = if conf.is_empty() || refused { own } else { conf };
        draft.container.log_tag.set(cx, Rule::SgLog01, || Cow::Borrowed(tag));
    });
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;
    use crate::config::{Bytes, Config, Log, Pids, Resources};
    use crate::facts::{Answer, Facts, FileKind, Image, PathFacts};
    use crate::options::Profile;
    use std::string::ToString;

    fn made<T>(config: &Config, facts: &Facts, read: impl Fn(&Draft<'_>) -> T) -> T {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        for pass in [request::run, image::find, run] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        read(&draft)
    }

    /// A host of root on cgroup v1, as in the worked cases.
    fn facts() -> Facts {
        let mut facts = Facts { image: Some(Image::default()), ..Facts::default() };
        facts.host.rootless = Some(false);
        facts.host.cgroup_unified = Some(Answer::Is(false));
        facts.engine.cgroup_manager = Some("cgroupfs".into());
        facts.engine.log_driver = Some("k8s-file".into());
        facts.container.static_dir = Some("/static".into());
        for path in SECCOMP_PATHS {
            facts.paths.insert(
                path,
                PathFacts { kind: Some(Answer::Error(Errno::ENOENT)), ..PathFacts::default() },
            );
        }
        facts
    }

    fn config() -> Config {
        Config { image: "bb".into(), ..Config::default() }
    }

    #[test]
    fn the_user_is_the_images_unless_given() {
        // SG-USER-01, SG-IMG-01
        let mut facts = facts();
        facts.image.as_mut().unwrap().config.user = "1000:1001".into();
        let user = |config: &Config| {
            made(config, &facts, |d| d.container.user.value().unwrap().to_string())
        };
        assert_eq!(user(&config()), "1000:1001");
        assert_eq!(user(&Config { user: "root:5".into(), ..config() }), "root:5");
        assert_eq!(user(&Config { rootfs: "/r".into(), ..config() }), "");
    }

    #[test]
    fn the_seccomp_profile_is_looked_for() {
        // SG-SECC-01
        let path = |config: &Config, facts: &Facts| {
            made(config, facts, |d| d.working.seccomp_path.value().map(ToString::to_string))
        };
        let mut facts = facts();
        let exists = PathFacts { kind: Some(Answer::Is(FileKind::File)), ..PathFacts::default() };
        assert_eq!(path(&config(), &facts).as_deref(), Some(""));
        facts.paths.insert(SECCOMP_PATHS[1], exists.clone());
        assert_eq!(path(&config(), &facts).as_deref(), Some(SECCOMP_PATHS[1]));
        facts.paths.insert(SECCOMP_PATHS[0], exists);
        assert_eq!(path(&config(), &facts).as_deref(), Some(SECCOMP_PATHS[0]));
        facts.paths.insert(
            SECCOMP_PATHS[0],
            PathFacts { kind: Some(Answer::Error(Errno::EACCES)), ..PathFacts::default() },
        );
        let refusal = made(&config(), &facts, |d| d.refusals[0].problem.to_string());
        assert_eq!(refusal, "stat /etc/containers/seccomp.json: permission denied");
        facts.conf.containers.seccomp_profile = Some("/srv/s.json".into());
        assert_eq!(path(&config(), &facts).as_deref(), Some("/srv/s.json"));
        let given = Config { seccomp_profile_path: "unconfined".into(), ..config() };
        assert_eq!(path(&given, &facts).as_deref(), Some("unconfined"));
    }

    #[test]
    fn the_pids_limit_is_the_engines_unless_given_or_without_cgroups() {
        // SG-RES-02: E-01, E-33, E-71, E-89
        let pids = |config: &Config, facts: &Facts| {
            made(config, facts, |d| d.spec.resources.pids.value().copied().flatten())
        };
        let with = |limit| Config {
            resource_limits: Some(Resources { pids: Some(Pids { limit }), ..Resources::default() }),
            ..config()
        };
        let mut facts = facts();
        assert_eq!(pids(&config(), &facts), Some(2048));
        assert_eq!(pids(&with(0), &facts), Some(0));
        assert_eq!(pids(&with(-1), &facts), Some(-1));
        assert_eq!(pids(&Config { cgroups_mode: "disabled".into(), ..config() }, &facts), None);
        facts.conf.containers.pids_limit = Some(0);
        assert_eq!(pids(&config(), &facts), None);
        facts.conf.containers.pids_limit = Some(-1);
        assert_eq!(pids(&config(), &facts), Some(-1));
        facts.conf.containers.cgroups = Some("disabled".into());
        assert_eq!(pids(&config(), &facts), None);
        for (unified, manager, expected) in
            [(false, "systemd", None), (true, "cgroupfs", None), (true, "systemd", Some(2048))]
        {
            let mut facts = tests::facts();
            facts.host.rootless = Some(true);
            facts.host.cgroup_unified = Some(Answer::Is(unified));
            facts.engine.cgroup_manager = Some(manager.into());
            assert_eq!(pids(&config(), &facts), expected, "{unified} {manager}");
        }
    }

    #[test]
    fn the_log_is_the_engines_unless_given() {
        // SG-LOG-01: E-01, E-83
        let log = |given: Option<Log>, facts: &Facts| {
            made(&Config { log_configuration: given, ..config() }, facts, |d| {
                let c = &d.container;
                let text = |slot: &crate::provenance::Slot<crate::draft::Text<'_>>| {
                    slot.value().unwrap().to_string()
                };
                (
                    text(&c.log_driver),
                    text(&c.log_path),
                    *c.log_size.value().unwrap(),
                    text(&c.log_tag),
                    d.warnings.len(),
                )
            })
        };
        let is = |driver: &str, path: &str, size, tag: &str, warnings| {
            (driver.into(), path.into(), size, tag.into(), warnings)
        };
        let mut facts = facts();
        let given = Log {
            driver: "json-file".into(),
            size: Bytes(5),
            options: [("tag", "t")].into_iter().collect(),
            ..Log::default()
        };
        assert_eq!(log(None, &facts), is("k8s-file", "/static/ctr.log", 0, "", 0));
        assert_eq!(log(Some(given.clone()), &facts), is("json-file", "/static/ctr.log", 5, "t", 0));
        facts.conf.containers.log_driver = Some("journald".into());
        facts.conf.containers.log_tag = Some("conf".into());
        assert_eq!(log(None, &facts), is("journald", "", 0, "conf", 0));
        assert_eq!(log(Some(given.clone()), &facts), is("json-file", "/static/ctr.log", 5, "t", 1));
        assert_eq!(
            log(Some(Log { driver: "none".into(), path: "/l".into(), ..given }), &facts),
            is("none", "/l", 5, "conf", 0)
        );
    }
}
