//! Makes the passwd and group lines that an image lacks for the users of its container.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::lookup::{find_group, find_user};

/// An account of the host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HostUser<'a> {
    /// Login name.
    pub name: &'a str,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Full name: the first part of the gecos field.
    pub full_name: &'a str,
    /// Home directory.
    pub home: &'a str,
}

/// The group of the user who runs a rootless engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HostGroup<'a> {
    /// Group name.
    pub name: &'a str,
    /// Group id; 0 gets no line.
    pub gid: u32,
    /// Login name of the user; empty if the user is root.
    pub member: &'a str,
}

/// What the image and the container know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Container<'a> {
    /// The image's passwd text; `None` if it has none. Files that are mounted over it do not count.
    pub passwd: Option<&'a str>,
    /// The image's group text, likewise.
    pub group: Option<&'a str>,
    /// The container's `user[:group]`; empty for none.
    pub user: &'a str,
    /// The working directory, which is the home of users who have none in the container.
    pub working_dir: &'a str,
    /// What a passwd line is made from; empty for the usual line.
    pub template: &'a str,
    /// Whether the process has a `HOME` already.
    pub has_home: bool,
}

/// The host's accounts that passwd is to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accounts<'a> {
    /// The request's `hostusers`, looked up on the host, in order.
    pub host_users: &'a [HostUser<'a>],
    /// The user who runs a rootless engine, if a line is asked for; root gets none.
    pub current: Option<HostUser<'a>>,
}

/// Lines for passwd.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PasswdEntries<'a> {
    /// The text to append; empty for nothing. Podman puts no newline before it.
    pub text: String,
    /// The `HOME` that the process gets from the first line made for a host account.
    pub home: Option<&'a str>,
}

/// Why no lines can be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The group of `user:group` is no number and no group of the image.
    #[error("unable to get gid {group} from group file: no matching entries in group file")]
    NoGroup {
        /// The group's name.
        group: String,
    },
    /// A host account's home is no absolute path: Podman looks for its root for ever.
    #[error("home directory `{home}` of host user `{user}` is not absolute")]
    RelativeHome {
        /// The account's name.
        user: String,
        /// Its home.
        home: String,
    },
}

/// Makes passwd lines: for the host users asked for, for the current user, for the container's own.
///
/// `mounted` says whether a mount of the spec has exactly this destination, `user_volume` whether a volume of the user's has.
///
/// # Errors
///
/// [`EntryError`] for a group that the image does not have, and for a host account whose home is no absolute path.
pub fn passwd<'a>(
    container: &Container<'a>,
    accounts: &Accounts<'a>,
    mounted: impl Fn(&str) -> bool,
    user_volume: impl Fn(&str) -> bool,
) -> Result<PasswdEntries<'a>, EntryError> {
    // LP-PW-10
    let mut entries = PasswdEntries::default();
    // LP-PW-12: root needs no line.
    let current = accounts.current.filter(|user| user.uid != 0);
    for user in accounts.host_users.iter().chain(&current) {
        push_host_user(&mut entries, container, user, &mounted, &user_volume)?;
    }
    // The current user counts as added whether or not the image knew him.
    push_container_user(&mut entries.text, container, current.map(|user| user.uid))?;
    Ok(entries)
}

/// Makes group lines: for the current user's group (`None` if it is not asked for), for the container's own.
pub fn group(container: &Container<'_>, current: Option<HostGroup<'_>>) -> String {
    // LP-PW-20
    let mut text = String::new();
    let unknown = |gid: u32| find_group(container.group, &gid.to_string()).is_none();
    let added = current.filter(|group| {
        group.gid != 0 && find_group(container.group, group.name).is_none() && unknown(group.gid)
    });
    if let Some(HostGroup { name, gid, member }) = added {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{name}:x:{gid}:{member}");
    }
    // Without a group, the user's own number is one.
    let (user, group) = container.user.split_once(':').unwrap_or((container.user, container.user));
    if let Some(gid) = id(group)
        && added.is_none_or(|added| added.gid != gid)
        && unknown(gid)
    {
        let gid = gid.to_string();
        text.push_str(&[&gid, ":x:", &gid, ":", user, "\n"].concat());
    }
    text
}

/// Appends the line of a host account that the image knows neither by name nor by id.
fn push_host_user<'a>(
    entries: &mut PasswdEntries<'a>,
    container: &Container<'a>,
    user: &HostUser<'a>,
    mounted: impl Fn(&str) -> bool,
    user_volume: impl Fn(&str) -> bool,
) -> Result<(), EntryError> {
    // LP-PW-13
    let uid = user.uid.to_string();
    if [user.name, &uid].iter().any(|known| find_user(container.passwd, known).is_some()) {
        return Ok(());
    }
    let home = if is_mounted(user, mounted)? || user_volume(user.home) {
        user.home
    } else {
        container.working_dir
    };
    if !container.has_home {
        // Even if this user is not the one who runs.
        entries.home.get_or_insert(home);
    }
    push_passwd_line(
        &mut entries.text,
        container.template,
        &Line {
            name: user.name,
            uid: &uid,
            gid: &user.gid.to_string(),
            full_name: user.full_name,
            home,
        },
    );
    Ok(())
}

/// Says whether something is mounted on a user's home or on a directory above it, `/` not counted.
fn is_mounted(user: &HostUser<'_>, mounted: impl Fn(&str) -> bool) -> Result<bool, EntryError> {
    // The home is taken as it is spelled; what is above it, cleaned.
    let above = parent(user.home);
    let mut path = user.home;
    let mut next = above.as_str();
    while path != "/" {
        if mounted(path) {
            return Ok(true);
        }
        if path == "." {
            return Err(EntryError::RelativeHome {
                user: user.name.to_string(),
                home: user.home.to_string(),
            });
        }
        path = next;
        next = match path.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((directory, _)) => directory,
            None => ".",
        };
    }
    Ok(false)
}

/// Gives the directory of a path, cleaned, as Go's `filepath.Dir` does; `.` is its own.
fn parent(path: &str) -> String {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let rooted = path.starts_with('/');
    let mut parts = Vec::new();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => ["/", &parts.join("/")].concat(),
        (false, true) => ".".to_string(),
        (false, false) => parts.join("/"),
    }
}

/// Appends the line of the container's user, if that is a number which the image does not know.
fn push_container_user(
    text: &mut String,
    container: &Container<'_>,
    current_uid: Option<u32>,
) -> Result<(), EntryError> {
    // LP-PW-14
    let (user, group) = container.user.split_once(':').unwrap_or((container.user, ""));
    let Some(uid) = id(user).filter(|uid| current_uid != Some(*uid)) else {
        return Ok(());
    };
    if find_user(container.passwd, user).is_some() {
        return Ok(());
    }
    let gid = match (group, id(group)) {
        ("", _) => "0".to_string(),
        (_, Some(gid)) => gid.to_string(),
        (name, None) => match find_group(container.group, name) {
            Some(group) => group.gid.to_string(),
            None => return Err(EntryError::NoGroup { group: name.to_string() }),
        },
    };
    let uid = uid.to_string();
    push_passwd_line(
        text,
        container.template,
        &Line {
            name: &uid,
            uid: &uid,
            gid: &gid,
            full_name: "container user",
            home: container.working_dir,
        },
    );
    Ok(())
}

/// The fields of a passwd line.
#[derive(Debug)]
struct Line<'a> {
    name: &'a str,
    uid: &'a str,
    gid: &'a str,
    full_name: &'a str,
    home: &'a str,
}

fn push_passwd_line(text: &mut String, template: &str, line: &Line<'_>) {
    let Line { name, uid, gid, full_name, home } = line;
    if template.is_empty() {
        let parts = [name, ":*:", uid, ":", gid, ":", full_name, ":", home, ":/bin/sh\n"];
        text.push_str(&parts.concat());
        return;
    }
    // LP-PW-15: one after the other, so a `$UID` in a user's name is replaced as well.
    let mut filled = template.replace("$USERNAME", name);
    for (key, value) in [("$UID", uid), ("$GID", gid), ("$NAME", full_name), ("$HOME", home)] {
        filled = filled.replace(key, value);
    }
    text.push_str(&filled);
    text.push('\n');
}

/// Reads a number as Go's `ParseUint` does: no sign.
fn id(text: &str) -> Option<u32> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nwheel:x:10:\n";
    const DAEMON: HostUser<'_> =
        HostUser { name: "daemon", uid: 1, gid: 1, full_name: "daemon", home: "/usr/sbin" };
    const DAEMON_GROUP: HostGroup<'_> = HostGroup { name: "daemon", gid: 1, member: "daemon" };

    fn container(user: &str) -> Container<'_> {
        Container {
            passwd: Some(PASSWD),
            group: Some(GROUP),
            user,
            working_dir: "/w",
            ..Container::default()
        }
    }

    fn made<'a>(
        container: &Container<'a>,
        accounts: &Accounts<'a>,
    ) -> Result<PasswdEntries<'a>, EntryError> {
        passwd(container, accounts, |_| false, |_| false)
    }

    #[test]
    fn a_number_that_the_image_does_not_know_gets_its_lines() {
        for (user, passwd, group_text) in [
            ("4242", Ok("4242:*:4242:0:container user:/w:/bin/sh\n"), "4242:x:4242:4242\n"),
            ("4242:4343", Ok("4242:*:4242:4343:container user:/w:/bin/sh\n"), "4343:x:4343:4242\n"),
            ("root", Ok(""), ""),
            ("0", Ok(""), ""),
            ("root:555", Ok(""), "555:x:555:root\n"),
            ("4242:nogrp", Err(()), ""),
            ("nouser", Ok(""), ""),
            ("", Ok(""), ""),
            ("4242:wheel", Ok("4242:*:4242:10:container user:/w:/bin/sh\n"), ""),
            ("4242:10", Ok("4242:*:4242:10:container user:/w:/bin/sh\n"), ""),
            ("4242:", Ok("4242:*:4242:0:container user:/w:/bin/sh\n"), ""),
            ("042", Ok("42:*:42:0:container user:/w:/bin/sh\n"), "42:x:42:042\n"),
            ("+42", Ok(""), ""),
            ("4294967296", Ok(""), ""),
            ("4242:1:2", Err(()), ""),
        ] {
            let container = container(user);
            let text = made(&container, &Accounts::default()).map(|entries| entries.text);
            assert_eq!(text.as_deref().map_err(|_| ()), passwd, "{user}");
            assert_eq!(group(&container, None), group_text, "{user}");
        }
        let error = made(&container("4242:nogrp"), &Accounts::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unable to get gid nogrp from group file: no matching entries in group file"
        );
    }

    #[test]
    fn a_template_replaces_the_line() {
        let template = "$USERNAME|$UID|$GID|$NAME|$HOME";
        let entries =
            made(&Container { template, ..container("4242") }, &Accounts::default()).unwrap();
        assert_eq!(entries.text, "4242|4242|0|container user|/w\n");
        // What a name brings along is replaced in its turn.
        let host_users =
            [HostUser { name: "u$UID", uid: 7, gid: 8, full_name: "$HOME$USERNAME", home: "/h" }];
        let accounts = Accounts { host_users: &host_users, current: None };
        let entries = made(&Container { template, ..container("") }, &accounts).unwrap();
        assert_eq!(entries.text, "u7|7|8|/w$USERNAME|/w\n");
    }

    #[test]
    fn the_current_user_of_a_rootless_engine_is_added_once() {
        let accounts = Accounts { host_users: &[], current: Some(DAEMON) };
        for user in ["1:1", ""] {
            let container = Container { working_dir: "/cwd", ..container(user) };
            let entries = made(&container, &accounts).unwrap();
            assert_eq!(entries.text, "daemon:*:1:1:daemon:/cwd:/bin/sh\n");
            assert_eq!(entries.home, Some("/cwd"));
            assert_eq!(group(&container, Some(DAEMON_GROUP)), "daemon:x:1:daemon\n");
        }
    }

    #[test]
    fn what_the_image_knows_by_name_or_by_id_is_left_alone() {
        let accounts = Accounts { host_users: &[], current: Some(DAEMON) };
        for passwd in ["daemon:x:99:99::/:\n", "other:x:1:1::/:\n"] {
            let entries =
                made(&Container { passwd: Some(passwd), ..container("") }, &accounts).unwrap();
            assert_eq!(entries, PasswdEntries::default());
        }
        for text in ["daemon:x:99:\n", "other:x:1:\n"] {
            assert_eq!(
                group(&Container { group: Some(text), ..container("") }, Some(DAEMON_GROUP)),
                ""
            );
        }
        // The uid counts as added even if the image knows the user by name alone; the gid does not.
        let known = Container {
            passwd: Some("daemon:x:99:99::/:\n"),
            group: Some("daemon:x:99:\n"),
            user: "1:1",
            ..container("")
        };
        assert_eq!(made(&known, &accounts), Ok(PasswdEntries::default()));
        assert_eq!(group(&known, Some(DAEMON_GROUP)), "1:x:1:1\n");
    }

    #[test]
    fn root_needs_no_line() {
        let root = HostUser { name: "root", uid: 0, gid: 0, full_name: "root", home: "/root" };
        let container = Container { passwd: None, group: None, ..container("0") };
        let entries = made(&container, &Accounts { host_users: &[], current: Some(root) }).unwrap();
        assert_eq!(entries.text, "0:*:0:0:container user:/w:/bin/sh\n");
        let group_text = group(&container, Some(HostGroup { name: "root", gid: 0, member: "" }));
        assert_eq!(group_text, "0:x:0:0\n");
    }

    #[test]
    fn host_users_come_in_order_and_the_first_one_gives_home() {
        let ruser = HostUser {
            name: "ruser",
            uid: 1001,
            gid: 1002,
            full_name: "R User",
            home: "/home/ruser",
        };
        let host_users = [ruser, DAEMON];
        let accounts = Accounts { host_users: &host_users, current: None };
        let entries =
            passwd(&container("7"), &accounts, |path| path == "/home/ruser", |_| false).unwrap();
        assert_eq!(
            entries.text,
            "ruser:*:1001:1002:R User:/home/ruser:/bin/sh\ndaemon:*:1:1:daemon:/w:/bin/sh\n\
             7:*:7:0:container user:/w:/bin/sh\n"
        );
        assert_eq!(entries.home, Some("/home/ruser"));
        let entries = made(&Container { has_home: true, ..container("") }, &accounts).unwrap();
        assert_eq!(entries.home, None);
    }

    #[test]
    fn a_home_counts_where_something_is_mounted_on_it_or_above() {
        for (home, mounts, volumes, expected) in [
            ("/home/a/b", &["/home/a"][..], &[][..], Ok("/home/a/b")),
            ("/home/a/b", &["/home"], &[], Ok("/home/a/b")),
            ("/home/a/b", &["/"], &[], Ok("/w")),
            ("/home/a/b", &["/home/a/b/c", "/homes"], &[], Ok("/w")),
            ("/home/a/b", &[], &["/home/a/b"], Ok("/home/a/b")),
            ("/home/a/b", &[], &["/home/a"], Ok("/w")),
            ("/home/a/", &["/home/a"], &[], Ok("/home/a/")),
            ("/home//a/../b/./c", &["/home/b"], &[], Ok("/home//a/../b/./c")),
            ("/../a", &["/a"], &[], Ok("/w")),
            ("//", &[], &[], Ok("/w")),
            ("/", &["/"], &[], Ok("/w")),
            ("/", &[], &["/"], Ok("/")),
            ("", &[], &[""], Err("")),
            ("data/x", &["data"], &[], Ok("data/x")),
            ("data/x", &[], &[], Err("data/x")),
            ("../x", &[], &[], Err("../x")),
            (".", &[], &[], Err(".")),
        ] {
            let host_users = [HostUser { home, ..DAEMON }];
            let accounts = Accounts { host_users: &host_users, current: None };
            let entries = passwd(
                &container(""),
                &accounts,
                |path| mounts.contains(&path),
                |path| volumes.contains(&path),
            );
            let expected = expected.map(Some).map_err(|home: &str| EntryError::RelativeHome {
                user: "daemon".into(),
                home: home.into(),
            });
            assert_eq!(entries.map(|entries| entries.home), expected, "{home} {mounts:?}");
        }
    }
}
