//! Adds the users and groups that the image's passwd and group lack (LP-PW).

use super::host_files::{bind, write_file};
use super::user::{host_account, push_home};
use crate::draft::{Draft, Text};
use crate::facts::{Errno, HostUser};
use crate::plan::{Content, Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::security::hardened::ends_field;
use crate::user::entries::{self, Accounts, Container, HostGroup};
use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-PW-01
    if *cx.config().manage_password() == Some(false) {
        return;
    }
    // LP-PW-02: nobody asks for an entry.
    let user = draft.container.user.see(cx).cloned().unwrap_or_default();
    let adds_current = draft.container.add_current_user.see(cx) == Some(&true);
    let listed = cx.config().hostusers();
    if user.is_empty() && !adds_current && listed.is_empty() {
        return;
    }
    let current = |wanted: bool| if wanted { current_user(cx) } else { Ok(None) };
    // LP-PW-03: passwd is done before group fails.
    if is_wanted(cx, draft, PASSWD, cx.facts().passwd_made()) {
        cx.within(|| {
            let made = accounts(cx, listed, || current(adds_current));
            let made = made.and_then(|(host, current)| passwd(cx, draft, &user, &host, current));
            if let Err((rule, problem)) = made {
                draft.refuse(cx, rule, problem);
            }
        });
    }
    if !draft.refused() && is_wanted(cx, draft, GROUP, cx.facts().group_made()) {
        cx.within(|| {
            if let Err((rule, problem)) = group(cx, draft, &user, adds_current) {
                draft.refuse(cx, rule, problem);
            }
        });
    }
}

type Refused = (Rule, Problem);

/// The container's id, which Podman puts into every refusal of these files.
fn id(cx: &Cx<'_>) -> String {
    cx.facts().id().into()
}

/// LP-PW-02: a mount of the user's over the file, or a copy of ours, turns it off.
fn is_wanted(cx: &Cx<'_>, draft: &Draft<'_>, file: &str, made: bool) -> bool {
    !made && draft.spec.mounts.find(cx, file).is_none()
}

/// LP-PW-11, LP-PW-12: the accounts of the host that get a line.
fn accounts<'a>(
    cx: &Cx<'a>,
    listed: &[String],
    current: impl FnOnce() -> Result<Option<&'a HostUser>, Problem>,
) -> Result<(Vec<entries::HostUser<'a>>, Option<entries::HostUser<'a>>), Refused> {
    let mut host = Vec::with_capacity(listed.len());
    for user in listed {
        let gone = |_| (Rule::LpPw11, Problem::NoEntryUser { id: id(cx), user: user.clone() });
        let account = host_account(cx, user).map_err(gone)?;
        host.extend(account.map(account_of));
    }
    let current = current().map_err(|problem| (Rule::LpPw12, problem))?;
    Ok((host, current.map(account_of)))
}

/// LP-PW-12: the user who runs a rootless engine; `None` for root.
fn current_user<'a>(cx: &Cx<'a>) -> Result<Option<&'a HostUser>, Problem> {
    let uid = cx.facts().rootless_uid();
    if uid == 0 {
        return Ok(None);
    }
    match cx.facts().host_user(&uid.to_string()) {
        Some(account) if account.name.is_empty() => Err(Problem::NoCurrentUser { id: id(cx), uid }),
        found => Ok(found),
    }
}

fn account_of(user: &HostUser) -> entries::HostUser<'_> {
    let HostUser { name, uid, gid, full_name, home } = user;
    entries::HostUser { name, uid: *uid, gid: *gid, full_name, home }
}

/// What the image and the container know.
fn known<'t, 'a: 't>(
    cx: &Cx<'a>,
    draft: &Draft<'a>,
    user: &'t str,
    working_dir: &'t str,
) -> Result<Container<'t>, Refused> {
    Ok(Container {
        passwd: image_file(cx, PASSWD, cx.facts().rootfs_passwd())?,
        group: image_file(cx, GROUP, cx.facts().rootfs_group())?,
        user,
        working_dir,
        template: cx.config().passwd_entry(),
        has_home: draft.spec.process.env.find(cx, "HOME").is_some(),
    })
}

/// LP-USER-40: the image's own file, whatever is mounted over it.
fn image_file<'a>(
    cx: &Cx<'_>,
    file: &str,
    text: Result<&'a String, Errno>,
) -> Result<Option<&'a str>, Refused> {
    match text {
        Ok(text) => Ok(Some(text)),
        Err(Errno::ENOENT | Errno::UNANSWERED) => Ok(None),
        Err(errno) => {
            Err((Rule::LpUser40, Problem::ImageFile { id: id(cx), file: file.into(), errno }))
        }
    }
}

fn passwd<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    user: &str,
    host_users: &[entries::HostUser<'a>],
    current: Option<entries::HostUser<'a>>,
) -> Result<(), Refused> {
    let cwd = working_dir(cx, draft);
    let known = known(cx, draft, user, &cwd)?;
    let accounts = Accounts { host_users, current };
    let mounted = |path: &str| draft.spec.mounts.find(cx, path).is_some();
    let user_volume = |path: &str| {
        draft.container.user_volumes.position(cx, |volume| **volume == *path).is_some()
    };
    let made = entries::passwd(&known, &accounts, mounted, user_volume);
    let made = made.map_err(|error| (Rule::LpPw10, Problem::UserEntry { id: id(cx), error }))?;
    if cx.hardened() && !made.text.is_empty() {
        let accounts = host_users.iter().chain(&accounts.current);
        let of_host = accounts.flat_map(|user| {
            [("name", user.name), ("full name", user.full_name), ("home", user.home)]
        });
        fields(user, [("working directory", &*cwd)].into_iter().chain(of_host))?;
    }
    let image = known.passwd;
    if let Some(home) = made.home {
        // LP-PW-13
        push_home(cx, draft, Rule::LpPw13, home);
    }
    complete(cx, draft, Rule::LpPw10, PASSWD, image, made.text);
    Ok(())
}

fn group<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    user: &str,
    adds_current: bool,
) -> Result<(), Refused> {
    // LP-PW-20
    let current = if adds_current { current_group(cx)? } else { None };
    let known = known(cx, draft, user, "")?;
    let made = entries::group(&known, current);
    if cx.hardened() && !made.is_empty() {
        let of_host = current.into_iter().flat_map(|g| [("group", g.name), ("name", g.member)]);
        fields(user, of_host)?;
    }
    complete(cx, draft, Rule::LpPw20, GROUP, known.group, made);
    Ok(())
}

/// HD-PW-01: what goes into a line is one field of it; user and group of the container have a `:` between them.
fn fields<'t>(
    user: &'t str,
    others: impl Iterator<Item = (&'static str, &'t str)>,
) -> Result<(), Refused> {
    let (name, group) = user.split_once(':').unwrap_or((user, ""));
    let mut all = [("user", name), ("group", group)].into_iter().chain(others);
    match all.find(|(_, text)| ends_field(text)) {
        Some((field, text)) => {
            Err((Rule::HdPw01, Problem::PasswdField { field, text: text.into() }))
        }
        None => Ok(()),
    }
}

/// LP-PW-20: the group of the user who runs a rootless engine; `None` for root's.
fn current_group<'a>(cx: &Cx<'a>) -> Result<Option<HostGroup<'a>>, Refused> {
    let gid = cx.facts().rootless_gid();
    if gid == 0 {
        return Ok(None);
    }
    let name = match cx.facts().host_group(&gid.to_string()) {
        Some(name) if name.is_empty() => {
            return Err((Rule::LpPw20, Problem::NoCurrentGroup { id: id(cx), gid }));
        }
        Some(name) => name,
        None => return Ok(None),
    };
    let user = current_user(cx).map_err(|problem| (Rule::LpPw20, problem))?;
    Ok(Some(HostGroup { name, gid, member: user.map_or("", |user| &user.name) }))
}

/// LP-MODEL-08
fn working_dir<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Text<'a> {
    draft.spec.process.cwd.see(cx).cloned().unwrap_or(Cow::Borrowed("/"))
}

/// LP-PW-03: into the image's file, or, under a read-only root, into a copy that lies over it.
fn complete<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    file: &'static str,
    image: Option<&str>,
    entries: String,
) {
    if entries.is_empty() {
        return;
    }
    if draft.spec.root_readonly.see(cx) == Some(&true) {
        // LP-PW-04: no newline is put between them.
        let text = Content::Text(Cow::Owned([image.unwrap_or_default(), &entries].concat()));
        let name = file.rsplit('/').next().unwrap_or_default();
        let source: Text<'a> = Cow::Owned([cx.facts().static_dir(), "/", name].concat());
        write_file(cx, draft, rule, source.clone(), text);
        bind(cx, draft, rule, Cow::Borrowed(file), source);
    } else {
        let root = Cow::Borrowed(cx.facts().mountpoint());
        let (path, content) = (Cow::Borrowed(file), Cow::Owned(entries));
        draft.effect(cx, rule, Stage::Generate, Effect::AppendInRoot { root, path, content });
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Done, ID, host, mounted, run as trial};
    use super::*;
    use crate::config::Config;
    use crate::facts::{Answer, Facts};
    use std::format;
    use std::vec;

    fn facts() -> Facts {
        let mut facts = host();
        facts.rootfs.passwd = Some(Answer::Is("root:x:0:0:root:/root:/bin/sh\n".into()));
        facts.rootfs.group = Some(Answer::Error(Errno::ENOENT));
        let account = |name: &str, uid, home: &str| HostUser {
            name: name.into(),
            uid,
            gid: uid,
            full_name: name.into(),
            home: home.into(),
        };
        facts.host_users.insert("1", account("daemon", 1, "/usr/sbin"));
        facts.host_users.insert("ruser", account("ruser", 1001, "/home/ruser"));
        facts.host_users.insert("gone", HostUser::default());
        facts.host_groups.insert("1", String::from("daemon"));
        facts.host.rootless_uid = Some(1);
        facts.host.rootless_gid = Some(1);
        facts
    }

    fn with<'a>(
        config: &'a Config,
        facts: &'a Facts,
        user: &'a str,
        prepare: impl FnOnce(&Cx<'a>, &mut Draft<'a>),
    ) -> Done<'a> {
        let prepare = |cx: &Cx<'a>, draft: &mut Draft<'a>| {
            draft.container.user.set(cx, Rule::SgUser01, || Cow::Borrowed(user));
            draft.spec.process.cwd.set(cx, Rule::SgWd01, || Cow::Borrowed("/w"));
            prepare(cx, draft);
        };
        trial(config, facts, prepare, &[run])
    }

    /// What is appended inside of the root: passwd, group.
    fn appended(done: &Done<'_>) -> (String, String) {
        let text = |file| {
            let found = done.draft.plan.iter().find_map(|step| match &step.effect {
                Effect::AppendInRoot { path, content, .. } if path == file => {
                    Some(content.to_string())
                }
                _ => None,
            });
            found.unwrap_or_default()
        };
        (text(PASSWD), text(GROUP))
    }

    #[test]
    fn lines_for_the_containers_user() {
        // The table of section 1.4.
        let facts = facts();
        let template = "$USERNAME|$UID|$GID|$NAME|$HOME";
        for (user, entry, passwd, group) in [
            ("4242", "", "4242:*:4242:0:container user:/w:/bin/sh\n", "4242:x:4242:4242\n"),
            ("4242:4343", "", "4242:*:4242:4343:container user:/w:/bin/sh\n", "4343:x:4343:4242\n"),
            ("root:555", "", "", "555:x:555:root\n"),
            ("4242", template, "4242|4242|0|container user|/w\n", "4242:x:4242:4242\n"),
            ("nouser", "", "", ""),
        ] {
            let config = Config { passwd_entry: entry.into(), ..Config::default() };
            let done = with(&config, &facts, user, |_, _| {});
            assert_eq!(appended(&done), (passwd.into(), group.into()), "{user}");
            assert!(done.bound().is_empty());
        }
        let config = Config::default();
        let done = with(&config, &facts, "4242:nogrp", |_, _| {});
        assert_eq!(
            done.said(),
            [format!(
                "creating temporary passwd file for container {ID}: unable to get gid nogrp from group file: no matching entries in group file"
            )]
        );
        assert!(done.draft.plan.is_empty());
    }

    #[test]
    fn a_read_only_root_gets_copies() {
        // LP-PW-03
        let (config, mut facts) = (Config::default(), facts());
        let read_only = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.spec.root_readonly.set(cx, Rule::SgMnt01, || true);
        };
        let done = with(&config, &facts, "4242", read_only);
        assert_eq!(done.bound(), ["/etc/group /static/group", "/etc/passwd /static/passwd"]);
        let passwd = "root:x:0:0:root:/root:/bin/sh\n4242:*:4242:0:container user:/w:/bin/sh\n";
        assert_eq!(done.written("/static/passwd"), Some(passwd));
        assert_eq!(done.written("/static/group"), Some("4242:x:4242:4242\n"));
        // LP-PW-02: once made, never again.
        facts.container.passwd_made = true;
        let done = with(&config, &facts, "4242", read_only);
        assert_eq!(done.bound(), ["/etc/group /static/group"]);
    }

    #[test]
    fn nothing_is_done_where_nobody_asks_or_a_mount_stands() {
        // LP-PW-01, LP-PW-02
        let facts = facts();
        let off = Config { manage_password: Some(false), ..Config::default() };
        assert!(with(&off, &facts, "4242", |_, _| {}).draft.plan.is_empty());
        let config = Config::default();
        assert!(with(&config, &facts, "", |_, _| {}).draft.plan.is_empty());
        let done = with(&config, &facts, "4242", |cx, draft| {
            draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted(PASSWD, "bind", "/x"));
        });
        assert_eq!(appended(&done), (String::new(), "4242:x:4242:4242\n".into()));
    }

    #[test]
    fn the_engines_user_gets_a_line_and_a_home() {
        // LP-PW-12, LP-PW-13, LP-PW-20
        let (config, mut facts) = (Config::default(), facts());
        let adds = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.container.add_current_user.set(cx, Rule::SgUns05, || true);
        };
        for user in ["", "1:1"] {
            let done = with(&config, &facts, user, adds);
            assert_eq!(
                appended(&done),
                ("daemon:*:1:1:daemon:/w:/bin/sh\n".into(), "daemon:x:1:daemon\n".into())
            );
            assert_eq!(done.env(), ["HOME=/w"]);
        }
        // A home that is mounted is the real one.
        let done = with(&config, &facts, "", |cx, draft| {
            adds(cx, draft);
            draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted("/usr", "bind", "/x"));
        });
        assert_eq!(done.env(), ["HOME=/usr/sbin"]);
        // Root needs none.
        facts.host.rootless_uid = Some(0);
        facts.host.rootless_gid = Some(0);
        assert!(with(&config, &facts, "", adds).draft.plan.is_empty());
        facts.host.rootless_uid = Some(77);
        facts.host_users.insert("77", HostUser::default());
        let said = with(&config, &facts, "", adds).said();
        assert_eq!(
            said,
            [format!(
                "creating temporary passwd file for container {ID}: failed to get current user: user: unknown userid 77"
            )]
        );
    }

    #[test]
    fn host_users_come_first() {
        // LP-PW-10, LP-PW-11
        let config = Config { hostusers: vec!["ruser".into()], ..Config::default() };
        let facts = facts();
        let done = with(&config, &facts, "4242", |cx, draft| {
            draft.container.user_volumes.push(cx, Rule::SgVol12, || Cow::Borrowed("/home/ruser"));
        });
        let passwd = format!(
            "ruser:*:1001:1001:ruser:/home/ruser:/bin/sh\n{}",
            "4242:*:4242:0:container user:/w:/bin/sh\n"
        );
        assert_eq!(appended(&done).0, passwd);
        let config = Config { hostusers: vec!["gone".into()], ..Config::default() };
        assert_eq!(
            with(&config, &facts, "", |_, _| {}).said(),
            [format!("creating temporary passwd file for container {ID}: user: unknown user gone")]
        );
    }
}
