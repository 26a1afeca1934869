//! Kernel parameters (SYSCTL).

use super::namespaces;
use crate::config::Field;
use crate::draft::{Draft, NsMode, Sysctl};
use crate::problem::{NsKind, Problem};
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::security::hardened;
use alloc::{borrow::Cow, collections::BTreeSet, string::String};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // The defaults are checked before the request's are, even where these win.
    cx.within(|| {
        if let Some(problem) = cx
            .facts()
            .conf_default_sysctls()
            .into_iter()
            .flatten()
            .find_map(|text| parse(text).err())
        {
            draft.refuse(cx, Rule::SgSysctl01, problem);
        }
    });
    let given = cx.config().entries(Field::Sysctl, |c| &c.sysctl);
    for (key, value) in given.iter() {
        cx.within(|| {
            let value = value.see(cx);
            // SG-SYSCTL-03, Q-48: no other check is made.
            if let Some((kind, namespace)) = namespace(key)
                && namespaces::mode(cx, draft, kind) == NsMode::Host
            {
                let problem = Problem::SysctlHostNamespace {
                    name: key.into(),
                    value: value.clone(),
                    namespace,
                };
                return draft.refuse(cx, Rule::SgSysctl03, problem);
            }
            if cx.hardened()
                && let Some((rule, problem)) = not_own(cx, draft, key, value)
            {
                return draft.refuse(cx, rule, problem);
            }
            draft.spec.sysctl.push(cx, Rule::SgSysctl03, || Sysctl {
                key: Cow::Borrowed(key),
                value: Cow::Borrowed(value),
            });
        });
    }
    let mut seen = BTreeSet::new();
    for text in cx.facts().conf_default_sysctls().into_iter().flatten().rev() {
        let Ok((key, value)) = parse(text) else { continue };
        if given.has(key) || !seen.insert(key) {
            continue;
        }
        cx.within(|| {
            // SG-SYSCTL-02
            let foreign = namespace(key).is_some_and(|(kind, _)| {
                matches!(
                    namespaces::mode(cx, draft, kind),
                    NsMode::Host | NsMode::Container | NsMode::Pod
                )
            });
            if foreign {
                return draft.spec.sysctl.absent(cx, Rule::SgSysctl02, key);
            }
            draft.spec.sysctl.push(cx, Rule::SgSysctl01, || Sysctl {
                key: Cow::Borrowed(key),
                value: Cow::Borrowed(value),
            });
        });
    }
    draft.spec.sysctl.sort_by(|a, b| a.key.cmp(&b.key));
}

/// HD-SYSCTL-01, -02, -03: why a parameter of the request cannot be the container's own.
fn not_own(cx: &Cx<'_>, draft: &Draft<'_>, key: &str, value: &str) -> Option<(Rule, Problem)> {
    let name = || String::from(key);
    if hardened::joins_sysctls(key) || hardened::joins_sysctls(value) {
        let problem = Problem::SysctlText { name: name(), value: value.into() };
        return Some((Rule::HdSysctl03, problem));
    }
    let Some((kind, namespace)) = hardened::sysctl_namespace(key) else {
        return Some((Rule::HdSysctl01, Problem::SysctlGlobal { name: name() }));
    };
    let shared = matches!(
        namespaces::mode(cx, draft, kind),
        NsMode::Host | NsMode::Container | NsMode::Pod | NsMode::Path
    );
    shared.then(|| (Rule::HdSysctl02, Problem::SysctlShared { name: name(), namespace }))
}

/// The namespace that a parameter belongs to, and its name in Podman's messages.
fn namespace(key: &str) -> Option<(NsKind, &'static str)> {
    if key.starts_with("fs.mqueue.") {
        Some((NsKind::Ipc, "IPC"))
    } else if key.starts_with("net.") {
        Some((NsKind::Network, "Network"))
    } else if key.starts_with("kernel.domainname") || key.starts_with("kernel.hostname") {
        Some((NsKind::Uts, "UTS"))
    } else {
        None
    }
}

/// SG-SYSCTL-01
fn parse(text: &str) -> Result<(&str, &str), Problem> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(Problem::SysctlForm { sysctl: text.into() });
    };
    // Only the first two parts are looked at, so that a second `=` passes for a space.
    if key.trim() != key || value.trim() != value || value.contains('=') {
        return Err(Problem::SysctlSpaces { sysctl: text.into() });
    }
    if hardened::IPC.contains(&key) || key.starts_with("net.") || key.starts_with("fs.mqueue.") {
        return Ok((key, value));
    }
    Err(Problem::SysctlNotAllowed { name: key.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::draft::NsChoice;
    use crate::facts::Facts;
    use crate::options::Profile;
    use std::format;
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    /// The parameters with these namespaces (ipc, net, uts), or the first refusal.
    fn made(
        given: &[(&str, &str)],
        conf: &[&str],
        modes: [NsMode; 3],
    ) -> Result<Vec<String>, String> {
        let config = Config { sysctl: given.iter().copied().collect(), ..Config::default() };
        let mut facts = Facts::default();
        facts.conf.containers.default_sysctls = Some(conf.iter().map(|t| (*t).into()).collect());
        let cx = Cx::new(&config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        let [ipc, net, uts] = modes;
        draft.working.ipcns.set(&cx, Rule::OcGiven01, || NsChoice::new(ipc, ""));
        draft.working.netns.set(&cx, Rule::OcGiven01, || NsChoice::new(net, ""));
        draft.working.utsns.set(&cx, Rule::OcGiven01, || NsChoice::new(uts, ""));
        run(&cx, &mut draft);
        match draft.refusals.first() {
            Some(first) => Err(first.problem.to_string()),
            None => {
                Ok(draft.spec.sysctl.values().map(|s| format!("{}={}", s.key, s.value)).collect())
            }
        }
    }

    const OWN: [NsMode; 3] = [NsMode::Shareable, NsMode::Bridge, NsMode::Private];
    const HOST: [NsMode; 3] = [NsMode::Host; 3];

    #[test]
    fn defaults_that_belong_to_no_namespace_are_refused() {
        // SG-SYSCTL-01
        for (text, refusal) in [
            ("kernel.sem", "kernel.sem is invalid, sysctl values must be in the form of KEY=VALUE"),
            ("kernel.sem = 1", "'kernel.sem = 1' is invalid, extra spaces found"),
            ("net.a=1 ", "'net.a=1 ' is invalid, extra spaces found"),
            ("net.a=1=2", "'net.a=1=2' is invalid, extra spaces found"),
            ("kernel.foo=1", "sysctl 'kernel.foo' is not allowed"),
            ("kernel.hostname=x", "sysctl 'kernel.hostname' is not allowed"),
        ] {
            assert_eq!(made(&[("kernel.foo", "1")], &[text], OWN).unwrap_err(), refusal);
        }
    }

    #[test]
    fn defaults_of_foreign_namespaces_are_left_out() {
        // SG-SYSCTL-02: E-68
        let conf = [
            "net.ipv4.ping_group_range=0 0",
            "fs.mqueue.msg_max=5",
            "kernel.shmmax=1",
            "kernel.shmmax=2",
        ];
        assert_eq!(
            made(&[], &conf, OWN).unwrap(),
            ["fs.mqueue.msg_max=5", "kernel.shmmax=2", "net.ipv4.ping_group_range=0 0"]
        );
        for mode in [NsMode::Host, NsMode::Container, NsMode::Pod] {
            assert_eq!(made(&[], &conf, [mode; 3]).unwrap(), ["kernel.shmmax=2"]);
        }
    }

    #[test]
    fn the_requests_win_and_are_refused_on_the_host_only() {
        // SG-SYSCTL-03: E-67
        assert_eq!(
            made(&[("net.a", "2"), ("kernel.foo", "=")], &["net.a=1"], OWN).unwrap(),
            ["kernel.foo==", "net.a=2"]
        );
        let joined = [NsMode::Container; 3];
        assert_eq!(
            made(&[("net.a", "2"), ("fs.mqueue.b", "1"), ("kernel.hostname", "h")], &[], joined)
                .unwrap()
                .len(),
            3
        );
        assert_eq!(made(&[("kernel.shmmax", "1")], &[], HOST).unwrap(), ["kernel.shmmax=1"]);
        for (key, namespace) in [
            ("net.core.somaxconn", "Network"),
            ("fs.mqueue.msg_max", "IPC"),
            ("kernel.hostname", "UTS"),
            ("kernel.domainname", "UTS"),
        ] {
            let refusal = format!(
                "sysctl {key}=5 can't be set since {namespace} Namespace set to host: invalid argument"
            );
            assert_eq!(made(&[(key, "5")], &[], HOST).unwrap_err(), refusal);
        }
    }
}
