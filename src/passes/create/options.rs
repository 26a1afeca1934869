//! Container options: systemd mode, sd-notify, command as stored, working directory, stop signal, health, secrets, dependencies (SYSD, SDN, WD).
//!
//! What libpod checks of them is in [`super::libpod`].

use super::image;
use crate::config::Field;
use crate::draft::{Draft, SecretMount, Text};
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String, vec::Vec};

/// Stop signal where nobody has one: SIGTERM.
const STOP_SIGNAL: u64 = 15;
/// SG-STOP-02: stop signal of systemd: SIGRTMIN+3.
const SYSTEMD_STOP_SIGNAL: u64 = 37;
/// Seconds from the stop signal to the kill where nobody says.
const STOP_TIMEOUT: u64 = 10;

/// SG-SYSD-02: programs that are systemd, besides those that are called so.
const INIT_PROGRAMS: [&str; 3] = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"];

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| systemd(cx, draft));
    cx.within(|| stop_signal(cx, draft));
    draft.container.stop_timeout.set(cx, Rule::OcGiven01, || match cx.config().stop_timeout() {
        Some(seconds) => seconds.0,
        None => cx.facts().conf_stop_timeout().copied().unwrap_or(STOP_TIMEOUT),
    });
    cx.within(|| sdnotify(cx, draft));
    cx.within(|| command(cx, draft));
    cx.within(|| working_dir(cx, draft));
    draft.container.privileged.set(cx, Rule::SgPriv01, || *cx.config().privileged());
    cx.within(|| timezone(cx, draft));
    cx.within(|| secrets(cx, draft));
    cx.within(|| secret_env(cx, draft));
    cx.within(|| dependencies(cx, draft));
}

/// SG-SYSD-02
fn systemd<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let word = cx.config().systemd().0.as_str();
    let on = match word {
        "always" => true,
        "false" => false,
        "" | "true" => draft.spec.process.args.see(cx).is_some_and(|args| runs_systemd(args)),
        // SG-SYSD-01, Q-15: other cases of letters have passed the check.
        _ => {
            return draft.refuse(
                cx,
                Rule::SgSysd01,
                Problem::SystemdSpelling { word: word.into() },
            );
        }
    };
    draft.container.systemd.set(cx, Rule::SgSysd02, || on);
}

/// SG-SYSD-02: a shell in front is looked past, as builds put one there.
fn runs_systemd(args: &[Text<'_>]) -> bool {
    let program = match args {
        [shell, dash_c, program, ..] if shell == "/bin/sh" && dash_c == "-c" => program,
        [program, ..] => program,
        [] => return false,
    };
    INIT_PROGRAMS.contains(&&**program) || path::base(program) == "systemd"
}

/// SG-STOP-02: the request's, the image's, systemd's, or the default.
fn stop_signal<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.container.stop_signal.see(cx).is_none() {
        // That neither has one is not in the place, which nothing has decided yet.
        cx.config().stop_signal();
        if image::is_used(cx, draft) {
            cx.facts().image_stop_signal();
        }
        let systemd = draft.container.systemd.see(cx) == Some(&true);
        draft
            .container
            .stop_signal
            .set(cx, Rule::SgStop02, || if systemd { SYSTEMD_STOP_SIGNAL } else { STOP_SIGNAL });
    }
}

/// SG-SDN-01
fn sdnotify<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mode = cx.config().sdnotify_mode();
    if mode.is_empty() {
        return;
    }
    draft.container.sdnotify_mode.set(cx, Rule::SgSdn01, || Cow::Borrowed(mode));
    if mode == "ignore" {
        return;
    }
    if let Some(socket) = cx.facts().notify_socket() {
        draft.container.sdnotify_socket.set(cx, Rule::SgSdn01, || Cow::Borrowed(socket));
    }
}

/// SG-IMG-04: for information only; what is run is decided apart.
fn command<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let from_image = image::is_used(cx, draft);
    let texts = |words: &'a [String]| {
        words.iter().map(|word| Cow::Borrowed(word.as_str())).collect::<Vec<_>>()
    };
    let entrypoint = cx.config().entrypoint().as_deref();
    cx.within(|| {
        let command = match cx.config().command().as_deref() {
            None if from_image && entrypoint.is_none() => cx.facts().image_cmd().map(Vec::as_slice),
            given => given,
        };
        draft.container.command.set(cx, Rule::SgImg04, || command.map(texts));
    });
    let entrypoint = match entrypoint {
        None if from_image => cx.facts().image_entrypoint().map(Vec::as_slice),
        given => given,
    };
    draft.container.entrypoint.set(cx, Rule::SgImg04, || entrypoint.map(texts));
}

/// SG-WD-01: the image's own directory is made where it is missing.
fn working_dir<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let make = *cx.config().create_working_dir()
        || (cx.config().work_dir().is_empty() && image::is_used(cx, draft));
    draft.container.create_working_dir.set(cx, Rule::SgWd01, || make);
}

/// SG-LIB-08: that of the request is checked with the other options, that of containers.conf not at all.
fn timezone<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.container.timezone.set(cx, Rule::SgLib08, || match cx.config().timezone() {
        given if !given.is_empty() => Cow::Borrowed(given.as_str()),
        _ => Cow::Borrowed(cx.facts().conf_tz().map_or("", String::as_str)),
    });
}

fn secrets<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for secret in cx.config().each(Field::Secrets, |c| &c.secrets) {
        cx.within(|| {
            let given = secret.see(cx);
            let Some(found) = cx.facts().secret(&given.source) else { return };
            if found.id.is_empty() {
                return draft.refuse(
                    cx,
                    Rule::OcGiven01,
                    Problem::NoSuchSecret { secret: given.source.clone() },
                );
            }
            draft.container.secrets.push(cx, Rule::OcGiven01, || SecretMount {
                name: Cow::Borrowed(&found.name),
                target: Cow::Borrowed(&given.target),
                uid: given.uid,
                gid: given.gid,
                mode: given.mode,
            });
        });
    }
}

/// By variable; that the secrets exist is checked with the other options.
fn secret_env<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().secret_env();
    if !given.is_empty() {
        draft.container.secret_env.set(cx, Rule::OcGiven01, || {
            given.iter().map(|(variable, secret)| (variable.as_str(), secret.as_str())).collect()
        });
    }
}

/// SG-LIB-10: who may be depended on is checked with the other options.
fn dependencies<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let names = cx.config().dependency_containers();
    if names.is_empty() {
        return;
    }
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let Some(container) = cx.facts().container(name) else { return };
        if container.id.is_empty() {
            return draft.refuse(
                cx,
                Rule::SgLib10,
                Problem::NoSuchDependency { name: name.clone() },
            );
        }
        found.push(container);
    }
    draft.container.dependencies.set(cx, Rule::OcGiven01, || found);
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;
    use crate::config::{Config, Seconds, Secret, SystemdWord};
    use crate::facts::{Dependency, Facts, Image, SecretFacts};
    use crate::options::Profile;
    use std::string::ToString;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    fn facts() -> Facts {
        let mut facts = Facts { image: Some(Image::default()), ..Facts::default() };
        let image = &mut facts.image.as_mut().unwrap().config;
        (image.entrypoint, image.cmd) = (Some(texts(&["/ep"])), Some(texts(&["c1", "c2"])));
        facts
    }

    fn config() -> Config {
        Config { image: "full".into(), ..Config::default() }
    }

    fn made<T>(
        config: &Config,
        facts: &Facts,
        read: impl Fn(&Draft<'_>) -> T,
    ) -> Result<T, String> {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        for pass in [image::find, image::stop_signal, command::run, run] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        match draft.refusals.first() {
            Some(first) => Err(first.problem.to_string()),
            None => Ok(read(&draft)),
        }
    }

    #[test]
    fn systemd_is_known_by_its_name() {
        // SG-SYSD-02, SG-STOP-02: E-55, E-56
        for (word, init, args, on) in [
            ("", false, &["/sbin/init"][..], true),
            ("true", false, &["/usr/sbin/init", "x"], true),
            ("", false, &["/usr/local/sbin/init"], true),
            ("", false, &["systemd"], true),
            ("", false, &["/any/where/systemd"], true),
            ("", false, &["/bin/sh", "-c", "/sbin/init"], true),
            ("", false, &["/bin/sh", "-c", "exec /sbin/init"], false),
            ("", false, &["/bin/sh", "-c"], false),
            ("", false, &["sh", "-c", "/sbin/init"], false),
            ("", false, &["/ep", "/sbin/init"], false),
            ("", false, &["init"], false),
            ("", true, &["/sbin/init"], false),
            ("false", false, &["/sbin/init"], false),
            ("always", false, &["x"], true),
        ] {
            let config = Config {
                systemd: SystemdWord(word.into()),
                entrypoint: Some(texts(&[""])),
                command: Some(texts(args)),
                init,
                ..config()
            };
            let read = |d: &Draft<'_>| {
                (*d.container.systemd.value().unwrap(), *d.container.stop_signal.value().unwrap())
            };
            assert_eq!(
                made(&config, &facts(), read),
                Ok((on, if on { 37 } else { 15 })),
                "{word} {args:?}"
            );
            let own = made(&Config { stop_signal: Some(9), ..config }, &facts(), read);
            assert_eq!(own, Ok((on, 9)));
        }
        let shouted = Config { systemd: SystemdWord("ALWAYS".into()), ..config() };
        assert_eq!(
            made(&shouted, &facts(), |_| ()).unwrap_err(),
            "invalid value \"ALWAYS\" systemd option requires 'true, false, always': %!w(<nil>)"
        );
    }

    #[test]
    fn the_images_stop_signal_wins_over_systemds() {
        // SG-STOP-01, SG-STOP-02: E-02, E-80
        let mut facts = facts();
        facts.image.as_mut().unwrap().config.stop_signal = "SIGUSR1".into();
        let signal =
            |config: &Config| made(config, &facts, |d| *d.container.stop_signal.value().unwrap());
        assert_eq!(signal(&Config { systemd: SystemdWord("always".into()), ..config() }), Ok(10));
        assert_eq!(signal(&Config { stop_signal: Some(-1), ..config() }), Ok(u64::MAX));
        facts.image.as_mut().unwrap().config.stop_signal = "SIGNOPE".into();
        assert_eq!(made(&config(), &facts, |_| ()).unwrap_err(), "invalid signal: SIGNOPE");
    }

    #[test]
    fn the_command_is_stored_for_information() {
        // SG-IMG-04: E-03
        let stored = |entrypoint: Option<&[&str]>, command: Option<&[&str]>| {
            let config = Config {
                entrypoint: entrypoint.map(texts),
                command: command.map(texts),
                ..config()
            };
            made(&config, &facts(), |d| {
                let of = |slot: &crate::provenance::Slot<Option<Vec<Text<'_>>>>| {
                    slot.value().unwrap().as_ref().map(|t| t.join(" "))
                };
                (of(&d.container.entrypoint), of(&d.container.command))
            })
            .unwrap()
        };
        let is = |entrypoint: &str, command: Option<&str>| {
            (Some(entrypoint.to_string()), command.map(Into::into))
        };
        assert_eq!(stored(None, None), is("/ep", Some("c1 c2")));
        assert_eq!(stored(Some(&["/x"]), None), is("/x", None));
        assert_eq!(stored(Some(&[]), None), is("", None));
        assert_eq!(stored(None, Some(&["z"])), is("/ep", Some("z")));
    }

    #[test]
    fn the_working_directory_is_made_for_the_image() {
        // SG-WD-01: E-01, E-08
        let makes = |config: &Config| {
            made(config, &facts(), |d| *d.container.create_working_dir.value().unwrap()).unwrap()
        };
        let rootfs = Config { rootfs: "/r".into(), command: Some(texts(&["a"])), ..config() };
        assert!(makes(&config()));
        assert!(!makes(&rootfs));
        assert!(!makes(&Config { work_dir: "/w".into(), ..config() }));
        assert!(makes(&Config { work_dir: "/w".into(), create_working_dir: true, ..rootfs }));
    }

    #[test]
    fn the_notify_socket_goes_with_a_mode() {
        // SG-SDN-01
        let mut facts = facts();
        facts.container.notify_socket = Some("/run/notify".into());
        for (mode, socket) in
            [("", false), ("container", true), ("conmon", true), ("ignore", false)]
        {
            let config = Config { sdnotify_mode: mode.into(), ..config() };
            let (stored, found) = made(&config, &facts, |d| {
                (
                    d.container.sdnotify_mode.value().is_some(),
                    d.container.sdnotify_socket.value().is_some(),
                )
            })
            .unwrap();
            assert_eq!((stored, found), (!mode.is_empty(), socket), "{mode}");
        }
    }

    #[test]
    fn the_engine_fills_in_timeout_and_timezone() {
        let mut facts = facts();
        let read = |d: &Draft<'_>| {
            (
                *d.container.stop_timeout.value().unwrap(),
                d.container.timezone.value().unwrap().to_string(),
            )
        };
        assert_eq!(made(&config(), &facts, read), Ok((10, String::new())));
        (facts.conf.engine.stop_timeout, facts.conf.containers.tz) =
            (Some(5), Some("local".into()));
        assert_eq!(made(&config(), &facts, read), Ok((5, "local".into())));
        let given =
            Config { stop_timeout: Some(Seconds(0)), timezone: "Europe/Paris".into(), ..config() };
        assert_eq!(made(&given, &facts, read), Ok((0, "Europe/Paris".into())));
    }

    #[test]
    fn secrets_and_dependencies_are_looked_up() {
        let mut facts = facts();
        facts
            .secrets
            .insert("abc", SecretFacts { id: "abcdef".into(), name: "sec1".into(), data: None });
        facts.secrets.insert("none", SecretFacts::default());
        facts.containers.insert("db", Dependency { id: "id".into(), ..Dependency::default() });
        facts.containers.insert("none", Dependency::default());
        let secret = |source: &str| Config {
            secrets: Vec::from([Secret { source: source.into(), uid: 5, ..Secret::default() }]),
            ..config()
        };
        let read = |d: &Draft<'_>| {
            d.container.secrets.values().map(|s| (s.name.to_string(), s.uid)).collect::<Vec<_>>()
        };
        assert_eq!(made(&secret("abc"), &facts, read), Ok(Vec::from([("sec1".into(), 5)])));
        assert_eq!(
            made(&secret("none"), &facts, read).unwrap_err(),
            "no secret with name or id \"none\": no such secret"
        );
        let dependency = |name: &str| Config { dependency_containers: texts(&[name]), ..config() };
        assert_eq!(
            made(&dependency("db"), &facts, |d| d.container.dependencies.value().unwrap().len()),
            Ok(1)
        );
        assert_eq!(
            made(&dependency("none"), &facts, |_| ()).unwrap_err(),
            "\"none\" is not a valid container, cannot be used as a dependency: no container with name or ID \"none\" found: no such container"
        );
    }
}
