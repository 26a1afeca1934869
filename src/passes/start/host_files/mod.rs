//! The files the engine makes for the container, in order (LP-BM): each has a file of its own in this room.

use super::super::refer::root_ids;
use super::model::{labels, make_accessible, net_donor, netns_is_late, network_disabled, relabel};
use super::shared_namespaces::own_hostname;
use super::{containerenv, hostname, hosts, passwd, resolv_conf, secrets, subscriptions, timezone};
use crate::draft::{BindMount, Donor, Draft, HostsChoice, Text};
use crate::facts::Dependency;
use crate::files::hosts::{Entry, additions};
use crate::path;
use crate::plan::{Content, Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// Where the resolver's configuration lands.
pub(super) const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Where the hosts file lands.
pub(super) const HOSTS: &str = "/etc/hosts";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| kept(cx, draft));
    cx.within(|| own_run_dir(cx, draft));
    cx.within(|| network_files(cx, draft));
    cx.within(|| shm(cx, draft));
    cx.within(|| passwd::run(cx, draft));
    cx.within(|| timezone::run(cx, draft));
    cx.within(|| containerenv::run(cx, draft));
    // Before secrets, which look for the directory that these may have made.
    cx.within(|| subscriptions::run(cx, draft));
    cx.within(|| secrets::run(cx, draft));
    cx.within(|| hostname::run(cx, draft));
}

/// LP-BM-02: what an earlier start since the host booted has bound in stands to begin with.
fn kept<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for (destination, source) in cx.facts().bind_mounts().into_iter().flatten() {
        bind(cx, draft, Rule::LpBm02, Cow::Borrowed(destination), Cow::Borrowed(source));
    }
}

/// LP-BM-01: at every start, even if nothing is written there.
fn own_run_dir<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let (uid, gid) = root_ids(cx, draft);
    let path = Cow::Borrowed(cx.facts().run_dir());
    let effect =
        Effect::Chown { path, uid, gid, recursive: false, unless_owned: false, guarded: false };
    draft.effect(cx, Rule::LpBm01, Stage::Generate, effect);
}

/// resolv.conf and hosts: made, shared, or left to the image.
fn network_files<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let disabled = network_disabled(cx, draft);
    if disabled {
        // LP-BM-14
        draft.bind_mounts.absent(cx, Rule::LpBm14, RESOLV_CONF);
        // Files of an earlier start stay.
        for file in [RESOLV_CONF, HOSTS] {
            cx.within(|| {
                if let Some(at) = draft.bind_mounts.find(cx, file) {
                    draft.bind_mounts.amend(cx, Rule::LpBm14, at, Clone::clone);
                }
            });
        }
    }
    let choice = draft.container.hosts.see(cx).copied().unwrap_or_default();
    if disabled {
        if !choice.image_hosts && !is_bound(cx, draft, HOSTS) {
            hosts::run(cx, draft, Rule::LpBm14);
        }
        return;
    }
    match net_donor(cx, draft) {
        None => {
            // LP-BM-10: an old file is replaced when the new one is written.
            for file in [RESOLV_CONF, HOSTS] {
                if let Some(at) = draft.bind_mounts.find(cx, file) {
                    draft.bind_mounts.remove(cx, Rule::LpBm10, at);
                }
            }
            // LP-BM-12
            if !choice.image_resolv_conf {
                cx.within(|| resolv_conf::run(cx, draft));
            }
            if !choice.image_hosts {
                cx.within(|| hosts::run(cx, draft, Rule::LpBm12));
            }
        }
        Some(donor) if !(choice.image_resolv_conf && choice.image_hosts) => {
            shared(cx, draft, donor, choice);
        }
        Some(_) => {}
    }
    // LP-BM-13: others may come to share them.
    for file in [HOSTS, RESOLV_CONF] {
        cx.within(|| {
            if let Some(source) = source_of(cx, draft, file).filter(|source| !source.is_empty()) {
                relabel(cx, draft, Rule::LpBm13, &source, true);
            }
        });
    }
}

/// LP-BM-11: the files of the container that owns the network, with this one's name added to its hosts.
fn shared<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, donor: Donor<'a>, choice: HostsChoice) {
    let owner = match owner_of_network(cx, donor) {
        Ok(Some(owner)) => owner,
        Ok(None) => return,
        Err(problem) => return draft.refuse(cx, Rule::LpBm11, problem),
    };
    let file = |name: &str| owner.bind_mounts.get(name).map(|path| Cow::Borrowed(path.as_str()));
    let (resolv_conf, hosts) = (file(RESOLV_CONF), file(HOSTS));
    if let Some(source) = resolv_conf.clone().filter(|_| !choice.image_resolv_conf) {
        bind_into_roots(cx, draft, Rule::LpBm11, RESOLV_CONF, &source);
    }
    if let Some(source) = hosts.clone().filter(|_| !choice.image_hosts) {
        cx.within(|| add_own_name(cx, draft, owner, source.clone()));
        bind_into_roots(cx, draft, Rule::LpBm11, HOSTS, &source);
    }
    make_accessible(cx, draft, Stage::Generate, resolv_conf.into_iter().chain(hosts));
}

/// LP-HOSTS-20: names that the file has for any address are not added again.
fn add_own_name<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, owner: &'a Dependency, path: Text<'a>) {
    let (host, name) = (own_hostname(cx, draft), cx.facts().name());
    let existing = owner.hosts.as_ref().map_or(Ok(""), |text| text.get().map(String::as_str));
    let existing = match existing {
        Ok(text) => text,
        Err(errno) => {
            let file = path.into_owned();
            return draft.refuse(cx, Rule::LpBm11, Problem::SharedHosts { file, errno });
        }
    };
    if let Some((ip, names)) = free_names(existing, "127.0.0.1", &[&host, name]) {
        draft.effect(cx, Rule::LpHosts20, Stage::Generate, Effect::AddHosts { path, ip, names });
    }
}

/// LP-HOSTS-20: what is to be added to a hosts file for an address; `None` if it has all the names.
pub(super) fn free_names<'a>(
    existing: &str,
    ip: &str,
    names: &[&str],
) -> Option<(Text<'a>, Vec<Text<'a>>)> {
    let line = additions(existing, &[Entry { ip, names }]);
    let (ip, names) = line.trim_end().split_once('\t')?;
    let names = names.split(' ').map(|name| Cow::Owned(name.into())).collect();
    Some((Cow::Owned(ip.into()), names))
}

/// Follows the chain of joined networks to the container that owns the first one's; `None` while the facts do not say.
fn owner_of_network<'a>(cx: &Cx<'a>, donor: Donor<'a>) -> Result<Option<Donor<'a>>, Problem> {
    let mut visited = BTreeSet::from([cx.facts().id()]);
    let mut owner = donor;
    loop {
        if owner.id.is_empty() {
            return Err(Problem::NetworkOwnerGone { name: donor.id.clone() });
        }
        if !visited.insert(&owner.id) {
            return Err(Problem::NetworkLoop);
        }
        if owner.net_ns_ctr.is_empty() {
            return Ok(Some(owner));
        }
        match cx.facts().container(&owner.net_ns_ctr) {
            Some(next) => owner = next,
            None => return Ok(None),
        }
    }
}

/// LP-BM-20
fn shm<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let dir = draft.container.shm.see(cx).map(|shm| shm.dir.clone()).unwrap_or_default();
    if !dir.is_empty() {
        bind(cx, draft, Rule::LpBm20, Cow::Borrowed("/dev/shm"), dir);
    }
}

/// Whether something generated is bound at a destination.
pub(super) fn is_bound(cx: &Cx<'_>, draft: &Draft<'_>, destination: &str) -> bool {
    draft.bind_mounts.find(cx, destination).is_some()
}

/// The path on the host of what is bound at a destination.
pub(super) fn source_of<'a>(cx: &Cx<'a>, draft: &Draft<'a>, destination: &str) -> Option<Text<'a>> {
    let at = draft.bind_mounts.find(cx, destination)?;
    draft.bind_mounts.at(cx, at).map(|bound| bound.source.clone())
}

/// Binds something generated into the container.
pub(super) fn bind<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    destination: Text<'a>,
    source: Text<'a>,
) {
    let new = cx.decide(rule, || BindMount { destination, source });
    draft.bind_mounts.put(cx, new);
}

/// LP-BM-03: binds a file at its place, and there below each chroot directory.
fn bind_into_roots<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    destination: &'static str,
    source: &Text<'a>,
) {
    bind(cx, draft, rule, Cow::Borrowed(destination), source.clone());
    for directory in cx.config().chroot_directories() {
        let below = path::join(&[directory, destination]);
        bind(cx, draft, Rule::LpBm03, Cow::Owned(below), source.clone());
    }
}

/// LP-BM-04: binds a file of the network that lies in the run directory at its place and below the chroot directories.
pub(super) fn bind_root_file<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    destination: &'static str,
) {
    cx.within(|| {
        let source = run_file(cx, path::base(destination));
        bind_into_roots(cx, draft, rule, destination, &source);
    });
}

/// Writes a file of the network into the run directory.
pub(super) fn write_root_file<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    destination: &'static str,
    text: String,
) {
    if netns_is_late(cx, draft) {
        // LP-NET-40 adds to them.
        let working = &mut draft.working;
        let slot = if destination == HOSTS {
            &mut working.hosts_text
        } else {
            &mut working.resolv_conf_text
        };
        slot.set(cx, rule, || Cow::Owned(text.clone()));
    }
    // LP-FILE-01
    let path = run_file(cx, path::base(destination));
    write_file(cx, draft, rule, path, Content::Text(Cow::Owned(text)));
}

/// The path of a file in the container's run directory.
pub(super) fn run_file<'a>(cx: &Cx<'a>, name: &str) -> Text<'a> {
    Cow::Owned([cx.facts().run_dir(), "/", name].concat())
}

/// Writes a file of the host for the container: readable by all, owned by the container's root.
pub(super) fn write_file<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    path: Text<'a>,
    content: Content<'a>,
) {
    let (uid, gid) = root_ids(cx, draft);
    let (_, label) = labels(cx, draft);
    let label = Cow::Borrowed(label);
    let effect = Effect::WriteFile { path, content, mode: 0o644, uid, gid, label };
    draft.effect(cx, rule, Stage::Generate, effect);
}

#[cfg(test)]
mod tests;
