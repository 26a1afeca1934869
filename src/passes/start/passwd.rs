//! Adds the users and groups that the image's passwd and group lack (LP-PW).

use super::host_files::{bind, write_file};
use super::user::{host_account, push_home};
use crate::draft::{Draft, Text};
use crate::facts::{Errno, HostUser};
use crate::plan::{Content, Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
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
        let account = host_account(cx, user).map_err(|problem| (Rule::LpPw11, problem))?;
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
        Some(account) if account.name.is_empty() => Err(Problem::NoCurrentUser { uid }),
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
        passwd: image_file(PASSWD, cx.facts().rootfs_passwd())?,
        group: image_file(GROUP, cx.facts().rootfs_group())?,
        user,
        working_dir,
        template: cx.config().passwd_entry(),
        has_home: draft.spec.process.env.find(cx, "HOME").is_some(),
    })
}

/// LP-USER-40: the image's own file, whatever is mounted over it.
fn image_file<'a>(file: &str, text: Result<&'a String, Errno>) -> Result<Option<&'a str>, Refused> {
    match text {
        Ok(text) => Ok(Some(text)),
        Err(Errno::ENOENT | Errno::UNANSWERED) => Ok(None),
        Err(errno) => Err((Rule::LpUser40, Problem::ImageFile { file: file.into(), errno })),
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
    let made = made.map_err(|error| (Rule::LpPw10, Problem::UserEntry { error }))?;
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
    complete(cx, draft, Rule::LpPw20, GROUP, known.group, made);
    Ok(())
}

/// LP-PW-20: the group of the user who runs a rootless engine; `None` for root's.
fn current_group<'a>(cx: &Cx<'a>) -> Result<Option<HostGroup<'a>>, Refused> {
    let gid = cx.facts().rootless_gid();
    if gid == 0 {
        return Ok(None);
    }
    let name = match cx.facts().host_group(&gid.to_string()) {
        Some(name) if name.is_empty() => {
            return Err((Rule::LpPw20, Problem::NoCurrentGroup { gid }));
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
        write_file(cx, draft, rule, Stage::Generate, source.clone(), text);
        bind(cx, draft, rule, Cow::Borrowed(file), source);
    } else {
        let root = Cow::Borrowed(cx.facts().mountpoint());
        let (path, content) = (Cow::Borrowed(file), Cow::Owned(entries));
        draft.effect(cx, rule, Stage::Generate, Effect::AppendInRoot { root, path, content });
    }
}
