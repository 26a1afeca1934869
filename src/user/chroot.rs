//! Looks up who owns a new working directory: by a stricter reader of passwd and group than the one for the process itself.

use crate::quote::Quoted;
use alloc::string::String;

/// Why the owner of a new working directory cannot be told.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChrootUserError {
    /// No passwd line up to the first malformed one has this name.
    #[error("determining run uid: user: unknown user error looking up user {}", Quoted(.0))]
    NoUser(String),
    /// No group line up to the first malformed one has this name.
    #[error("determining run gid: group: unknown group error looking up group {}", Quoted(.0))]
    NoGroup(String),
}

/// Gives the user and group id, inside the container, of `user[:group]`; an absent file (`None`) has no lines.
///
/// The empty user is 0. A number stands for itself; without a group its own is taken, where passwd knows the number, else 0.
///
/// # Errors
///
/// [`ChrootUserError`] for a name without a line.
///
/// Source: Buildah `pkg/chrootuser/user.go`, `GetUser`.
pub fn owner(
    user_spec: &str,
    passwd: Option<&str>,
    group: Option<&str>,
) -> Result<(u32, u32), ChrootUserError> {
    // LP-WD-05
    let (user, group_part) = user_spec.split_once(':').unwrap_or((user_spec, ""));
    let user = if user.is_empty() { "0" } else { user };
    let (uid, own_group) = match number(user) {
        Some(uid) => (uid, users(passwd).find(|&(_, id, _)| id == uid).map_or(0, |(.., gid)| gid)),
        None => users(passwd)
            .find(|&(name, ..)| name == user)
            .map(|(_, uid, gid)| (uid, gid))
            .ok_or_else(|| ChrootUserError::NoUser(user.into()))?,
    };
    if group_part.is_empty() {
        return Ok((uid, own_group));
    }
    let gid = number(group_part)
        .or_else(|| groups(group).find(|&(name, _)| name == group_part).map(|(_, gid)| gid));
    gid.map(|gid| (uid, gid)).ok_or_else(|| ChrootUserError::NoGroup(group_part.into()))
}

/// Name, user id and group id of each line before the first that has not seven fields and two ids; an empty line is one.
fn users(passwd: Option<&str>) -> impl Iterator<Item = (&str, u32, u32)> {
    lines(passwd).map_while(|line| {
        let mut fields = line.split(':');
        let (name, _password) = (fields.next()?, fields.next()?);
        let (uid, gid) = (number(fields.next()?)?, number(fields.next()?)?);
        (fields.count() == 3).then_some((name, uid, gid))
    })
}

/// Name and id of each line before the first that has not four fields and an id.
fn groups(group: Option<&str>) -> impl Iterator<Item = (&str, u32)> {
    lines(group).map_while(|line| {
        let mut fields = line.split(':');
        let (name, _password) = (fields.next()?, fields.next()?);
        let gid = number(fields.next()?)?;
        (fields.count() == 1).then_some((name, gid))
    })
}

fn lines(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().lines()
}

/// Reads digits only: a sign makes a name of it.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\nodd:x:7:8:too:few\nlate:x:9:9::/:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nwheel:x:10:app\n\nlate:x:9:\n";

    #[test]
    fn owners_are_found_up_to_the_first_malformed_line() {
        // LP-WD-05
        let no_user = |name: &str| Err(ChrootUserError::NoUser(name.into()));
        let no_group = |name: &str| Err(ChrootUserError::NoGroup(name.into()));
        for (spec, wanted) in [
            ("", Ok((0, 0))),
            ("root", Ok((0, 0))),
            ("app", Ok((1000, 1001))),
            ("1000", Ok((1000, 1001))),
            ("4242", Ok((4242, 0))),
            ("4242:wheel", Ok((4242, 10))),
            ("app:55", Ok((1000, 55))),
            ("app:", Ok((1000, 1001))),
            (":wheel", Ok((0, 10))),
            ("7", Ok((7, 0))),
            ("odd", no_user("odd")),
            ("late", no_user("late")),
            ("-1", no_user("-1")),
            ("4294967296", no_user("4294967296")),
            ("app:late", no_group("late")),
            ("app:wheel:x", no_group("wheel:x")),
        ] {
            assert_eq!(owner(spec, Some(PASSWD), Some(GROUP)), wanted, "{spec}");
        }
    }

    #[test]
    fn without_files_only_numbers_are_known() {
        assert_eq!(owner("12", None, None), Ok((12, 0)));
        assert_eq!(owner("app", None, None), Err(ChrootUserError::NoUser("app".into())));
    }
}
