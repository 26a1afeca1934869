//! The user that runs: looked up, its groups, home and umask (LP-USER).

use super::model::id_maps;
use crate::draft::{Draft, EnvVar, Mount, Text};
use crate::facts::{Errno, HostUser};
use crate::idmap::host_ids as on_host;
use crate::path;
use crate::problem::{Problem, WarningKind};
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::user::groups::{extra_groups, gid_out_of_range};
use crate::user::lookup::{
    ExecUser, exec_user, host_exec_user, id_out_of_range, is_number_as_name,
};
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

const ETC: &str = "/etc";
const GROUP: &str = "/etc/group";
const PASSWD: &str = "/etc/passwd";

/// Group ids end below this one where nothing is mapped: the last one is left out.
const MAX_GID: u64 = 2_147_483_647;

/// Pass 1: which files of the host stand over the image's passwd and group.
pub(super) fn files<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-USER-01: an exact mount wins over one of /etc, and the last of several wins. The type does not matter.
    let (mut passwd, mut group): (Option<Text<'a>>, Option<Text<'a>>) = (None, None);
    let (mut exact_passwd, mut exact_group) = (false, false);
    let over = |mount: &Mount<'a>| matches!(&*mount.destination, PASSWD | GROUP | ETC);
    for mount in draft.spec.mounts.those(cx, over) {
        match &*mount.destination {
            PASSWD => (passwd, exact_passwd) = (Some(mount.source.clone()), true),
            GROUP => (group, exact_group) = (Some(mount.source.clone()), true),
            ETC => {
                if !exact_passwd {
                    passwd = Some(Cow::Owned(path::join(&[&mount.source, "passwd"])));
                }
                if !exact_group {
                    group = Some(Cow::Owned(path::join(&[&mount.source, "group"])));
                }
            }
            _ => {}
        }
    }
    // The copy that an earlier start has made; there is no such step for group.
    if let Some(made) = cx.facts().bind_mounts().and_then(|made| made.get(PASSWD)) {
        passwd = Some(Cow::Borrowed(made));
    }
    // A mount without a source stands over nothing.
    let named = |file: &Text<'a>| !file.is_empty();
    draft.working.passwd_file.set(cx, Rule::LpUser01, || passwd.filter(named));
    draft.working.group_file.set(cx, Rule::LpUser01, || group.filter(named));
}

/// Pass 2: who `user[:group]` is, by the files as they are before this start adds to them.
pub(super) fn lookup<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let user = draft.container.user.see(cx).cloned().unwrap_or_default();
    // LP-USER-02: a file that cannot be opened counts as absent.
    let passwd = match draft.working.passwd_file.see(cx) {
        Some(Some(file)) => override_text(cx, file),
        Some(None) | None => in_image(cx, PASSWD, cx.facts().rootfs_passwd()),
    };
    let group = match draft.working.group_file.see(cx) {
        Some(Some(file)) => override_text(cx, file),
        Some(None) | None => in_image(cx, GROUP, cx.facts().rootfs_group()),
    };
    let name = user.split(':').next().filter(|name| !name.is_empty()).unwrap_or("0");
    let passwd = match passwd {
        Ok(text) => text,
        Err(file) => return unreadable(cx, draft, format!("user {name}"), file),
    };
    let group = match group {
        Ok(text) => text,
        Err(file) => {
            let known = exec_user(name, passwd, None).is_ok_and(|_| passwd.is_some());
            let name = if name == "0" && known { "root" } else { name };
            return unreadable(cx, draft, format!("groups for spec {name}"), file);
        }
    };
    if cx.hardened()
        && let Some((rule, problem)) = odd_id(&user, passwd, group)
    {
        return draft.refuse(cx, rule, problem);
    }
    let found = exec_user(&user, passwd, group).map_err(|error| Problem::UserLookup { error });
    // LP-USER-06: one of the host users, spelled just so, is known to the host.
    let found = match found {
        Err(_) if cx.config().hostusers().iter().any(|listed| *listed == user) => {
            let host = host_account(cx, &user);
            host.and_then(|account| match account {
                Some(account) => {
                    let (uid, gid) = (account.uid.to_string(), account.gid.to_string());
                    host_exec_user(&uid, &gid, &account.home)
                        .map_err(|error| Problem::UserLookup { error })
                }
                None => Ok(ExecUser::default()),
            })
        }
        found => found,
    };
    match found {
        Ok(exec) => draft.working.exec_user.set(cx, Rule::LpUser03, || exec),
        Err(problem) => draft.refuse(cx, Rule::LpUser03, problem),
    }
}

/// HD-USER-01, HD-USER-02: why `user[:group]` is not looked up.
fn odd_id(user: &str, passwd: Option<&str>, group: Option<&str>) -> Option<(Rule, Problem)> {
    if let Some(part) = user.split(':').take(2).find(|part| is_number_as_name(part)) {
        return Some((Rule::HdUser02, Problem::NumberAsName { text: part.into() }));
    }
    let id = id_out_of_range(user, passwd, group)?;
    Some((Rule::HdUser01, Problem::IdTooHigh { id }))
}

/// LP-USER-02: what can be opened has to be read too, and a directory cannot.
fn unreadable<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, what: String, file: String) {
    draft.refuse(cx, Rule::LpUser02, Problem::UserFile { what, file, errno: Errno::EISDIR });
}

/// The text of one of the image's files, `None` for none; the path of a directory in its place.
fn in_image<'a>(
    cx: &Cx<'a>,
    file: &str,
    text: Result<&'a String, Errno>,
) -> Result<Option<&'a str>, String> {
    match text {
        Ok(text) => Ok(Some(text)),
        Err(Errno::EISDIR) => Err(path::join(&[cx.facts().mountpoint(), file])),
        Err(_) => Ok(None),
    }
}

/// Reads a file that stands over one of the image's. A mount's source can be relative, if it is a tmpfs: then it is the engine's directory
/// that it is looked for in.
fn override_text<'a>(cx: &Cx<'a>, file: &str) -> Result<Option<&'a str>, String> {
    let below = if path::is_abs(file) { "" } else { cx.facts().working_directory() };
    let found = if below.is_empty() {
        cx.facts().file(file)
    } else {
        cx.facts().file(&path::join(&[below, file]))
    };
    match found {
        Ok(text) => Ok(Some(text)),
        Err(Errno::EISDIR) => Err(file.into()),
        Err(_) => Ok(None),
    }
}

/// An account of the host, by uid and then by name; `None` while the facts do not say.
///
/// # Errors
///
/// [`Problem::NoHostUser`] for one that the host does not have.
pub(super) fn host_account<'a>(cx: &Cx<'a>, user: &str) -> Result<Option<&'a HostUser>, Problem> {
    match cx.facts().host_user(user) {
        Some(account) if account.name.is_empty() => Err(Problem::NoHostUser { user: user.into() }),
        found => Ok(found),
    }
}

/// Pass 9: the user's ids on the host.
pub(super) fn host_ids<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some((uid, gid)) = draft.working.exec_user.see(cx).map(|exec| (exec.uid, exec.gid)) else {
        return;
    };
    // LP-USER-10: fatal even where no mount asks for the ids.
    let (uid_maps, gid_maps) = id_maps(cx, draft);
    match on_host(&uid_maps, &gid_maps, uid, gid) {
        Ok(ids) => draft.working.exec_host_ids.set(cx, Rule::LpUser10, || ids),
        Err(error) => draft.refuse(cx, Rule::LpUser10, Problem::NotMapped { error }),
    }
}

/// Pass 17: the user's home, unless the environment has one.
pub(super) fn home<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-USER-20: a number without an account has no home.
    let Some(home) = draft.working.exec_user.see(cx).map(|exec| exec.home) else { return };
    if !home.is_empty() {
        push_home(cx, draft, Rule::LpUser20, home);
    }
}

/// LP-ENV-02: sets HOME where there is none, past the spec generator's own memory of what it has added.
pub(super) fn push_home<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, home: &str) {
    if draft.spec.process.env.find(cx, "HOME").is_none() {
        draft.spec.process.env.push(cx, rule, || EnvVar {
            name: Cow::Borrowed("HOME"),
            value: Cow::Owned(home.into()),
            added: false,
        });
    }
}

/// Pass 18: the user's ids in the spec.
pub(super) fn ids<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-USER-21: without a user the spec's ids stay, and the group is not added.
    if draft.container.user.see(cx).is_none_or(|user| user.is_empty()) {
        draft.spec.process.uid.stand(cx);
        draft.spec.process.gid.stand(cx);
        return;
    }
    let Some((uid, gid)) = draft.working.exec_user.see(cx).map(|exec| (exec.uid, exec.gid)) else {
        return;
    };
    draft.spec.process.uid.set(cx, Rule::LpUser21, || uid);
    draft.spec.process.gid.set(cx, Rule::LpUser21, || gid);
    // CVE-2022-2989: the primary group is a supplementary one too, so that no process can shed it.
    push_gids(cx, draft, Rule::LpUser21, Vec::from([gid]));
}

/// Pass 19.
pub(super) fn umask<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-USER-22
    let Some(text) = draft.container.umask.see(cx).filter(|text| !text.is_empty()) else { return };
    match octal(text) {
        Some(umask) => draft.spec.process.umask.set(cx, Rule::LpUser22, || Some(umask)),
        None => {
            let umask = text.clone().into_owned();
            draft.refuse(cx, Rule::LpUser22, Problem::BadUmask { umask });
        }
    }
}

/// Pass 20: the groups that the request adds.
pub(super) fn groups<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-USER-23
    let Some(wanted) = draft.container.groups.see(cx).filter(|wanted| !wanted.is_empty()) else {
        return;
    };
    // LP-USER-30: a file that stands over the image's is looked for inside of the root, where as a rule it is not.
    let group = match draft.working.group_file.see(cx) {
        Some(Some(file)) if **file != *GROUP => inside_root(cx, file),
        _ => cx.facts().rootfs_group().ok().map(String::as_str),
    };
    if cx.hardened() {
        // HD-USER-02, HD-USER-01
        if let Some(text) = wanted.iter().find(|text| is_number_as_name(text)) {
            let problem = Problem::NumberAsName { text: text.clone() };
            return draft.refuse(cx, Rule::HdUser02, problem);
        }
        if let Some(id) = gid_out_of_range(wanted, group) {
            return draft.refuse(cx, Rule::HdUser01, Problem::IdTooHigh { id });
        }
    }
    match extra_groups(wanted, group) {
        Ok(gids) => push_gids(cx, draft, Rule::LpUser23, gids),
        Err(error) => draft.refuse(
            cx,
            Rule::LpUser30,
            Problem::GroupLookup { id: cx.facts().id().into(), error },
        ),
    }
}

/// Reads a file of the host's as if the root were `/`; `None` where there is none.
fn inside_root<'a>(cx: &Cx<'a>, file: &str) -> Option<&'a str> {
    let inside = path::join(&["/", file]);
    cx.facts().rootfs_entry(&inside)?;
    cx.facts().file(&[cx.facts().mountpoint(), &inside].concat()).ok()
}

/// Pass 22: the groups that list the user as a member.
pub(super) fn supplementary<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-USER-24: also where no user is given, and root is meant.
    if draft.container.user.see(cx).is_some_and(|user| user.contains(':')) {
        return;
    }
    let Some(gids) = draft.working.exec_user.see(cx).map(|exec| exec.supplementary.clone()) else {
        return;
    };
    if gids.is_empty() {
        return;
    }
    let (_, gid_maps) = id_maps(cx, draft);
    let ranges: Vec<(u64, u64)> = if !gid_maps.is_empty() {
        gid_maps.iter().map(|map| (map.container_id.into(), map.size.into())).collect()
    } else if cx.facts().rootless() {
        // The number of mapped ids, taken for the highest.
        match cx.facts().gid_map() {
            Ok(map) => {
                let total = map.iter().map(|range| u64::from(range.count));
                Vec::from([(0, total.fold(0, u64::saturating_add))])
            }
            Err(Errno::UNANSWERED) => return,
            Err(errno) => {
                return draft.refuse(cx, Rule::LpUser24, Problem::GroupRangeUnknown { errno });
            }
        }
    } else {
        Vec::from([(0, MAX_GID)])
    };
    let covered = |gid: &u32| {
        let covers = |(first, count): &(u64, u64)| {
            u64::from(*gid).checked_sub(*first).is_some_and(|offset| offset < *count)
        };
        ranges.iter().any(covers)
    };
    let (gids, outside): (Vec<u32>, Vec<u32>) = gids.into_iter().partition(covered);
    for gid in outside {
        draft.warn(cx, Rule::LpUser24, WarningKind::GroupOutside { gid });
    }
    push_gids(cx, draft, Rule::LpUser24, gids);
}

/// LP-GENH-03: adds supplementary groups, each once. What is there already is looked at once for all of them.
fn push_gids<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, gids: Vec<u32>) {
    // HD-USER-01
    if cx.hardened()
        && let Some(id) = gids.iter().find(|gid| u64::from(**gid) > MAX_GID)
    {
        return draft.refuse(cx, Rule::HdUser01, Problem::IdTooHigh { id: i64::from(*id) });
    }
    cx.within(|| {
        let to = &mut draft.spec.process.additional_gids;
        to.count(cx);
        let mut known: BTreeSet<u32> = to.values().copied().collect();
        for gid in gids {
            if known.insert(gid) {
                to.push(cx, rule, || gid);
            }
        }
    });
}

/// Reads an octal number as Go's `ParseUint` does.
fn octal(text: &str) -> Option<u32> {
    if text.starts_with('+') { None } else { u32::from_str_radix(text, 8).ok() }
}

#[cfg(test)]
mod tests;
