//! Asks the host's own passwd and group files.

use super::read;
use crate::facts::HostUser;
use std::borrow::ToOwned as _;
use std::string::String;

/// A user of the host by number or by name, a number first (LP-PW-11); `None` where there is none.
pub(super) fn user(name_or_id: &str) -> Option<HostUser> {
    find_user(&read::text("/etc/passwd").unwrap_or_default(), name_or_id)
}

/// The name of a group of the host by number.
pub(super) fn group(id: &str) -> Option<String> {
    find_group(&read::text("/etc/group").unwrap_or_default(), id)
}

/// The login name of a number; empty where there is none.
pub(crate) fn name(uid: u32) -> String {
    let text = read::text("/etc/passwd").unwrap_or_default();
    users(&text).find(|user| user.uid == uid).map(|user| user.name).unwrap_or_default()
}

pub(super) fn find_user(text: &str, name_or_id: &str) -> Option<HostUser> {
    let by_id =
        name_or_id.parse().ok().and_then(|uid: u32| users(text).find(|user| user.uid == uid));
    by_id.or_else(|| users(text).find(|user| user.name == name_or_id))
}

fn users(text: &str) -> impl Iterator<Item = HostUser> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _, uid, gid) = (
            fields.next()?,
            fields.next()?,
            fields.next()?.parse().ok()?,
            fields.next()?.parse().ok()?,
        );
        // The full name is the first part of the comment.
        let full_name = fields.next()?.split(',').next().unwrap_or_default();
        let home = fields.next()?;
        (!name.is_empty()).then(|| HostUser {
            name: name.to_owned(),
            uid,
            gid,
            full_name: full_name.to_owned(),
            home: home.to_owned(),
        })
    })
}

pub(super) fn find_group(text: &str, id: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, gid) = (fields.next()?, fields.next()?, fields.next()?);
        (gid == id && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_number_and_then_by_name() {
        let text = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1001:Ann A.,room 5,,:/home/ann:/bin/sh\n1000:x:7:7::/h:/s\n";
        let ann = HostUser {
            name: "ann".to_owned(),
            uid: 1000,
            gid: 1001,
            full_name: "Ann A.".to_owned(),
            home: "/home/ann".to_owned(),
        };
        assert_eq!(find_user(text, "1000"), Some(ann.clone()));
        assert_eq!(find_user(text, "ann"), Some(ann));
        assert_eq!(find_user(text, "7").map(|u| u.name), Some("1000".to_owned()));
        assert_eq!(find_user(text, "eve"), None);
        assert_eq!(find_group("root:x:0:\nstaff:x:50:ann\n", "50"), Some("staff".to_owned()));
        assert_eq!(find_group("", "50"), None);
    }
}
