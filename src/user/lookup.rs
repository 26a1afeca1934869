//! Looks a container's user up in the image's passwd and group texts, line by line and without a copy.

use crate::bytes;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::num::IntErrorKind;

/// The highest id that a number without an account may name.
const MAX_ID: i64 = 2_147_483_647;

/// Who a container's process runs as.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExecUser<'a> {
    /// User id inside the container.
    pub uid: u32,
    /// Primary group id inside the container.
    pub gid: u32,
    /// Home directory as passwd has it; empty for none.
    pub home: &'a str,
    /// Groups that list the user as a member, in the file's order, duplicates kept; none where a group was asked for.
    /// An id that does not fit is `u32::MAX`, which no id map ever covers.
    pub supplementary: Vec<u32>,
}

/// A line of passwd. Ids are as wide as in Podman, since the file may hold any number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct User<'a> {
    /// Login name.
    pub name: &'a str,
    /// User id.
    pub uid: i64,
    /// Primary group id.
    pub gid: i64,
    /// Home directory.
    pub home: &'a str,
}

/// A line of group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group<'a> {
    /// Group name.
    pub name: &'a str,
    /// Group id.
    pub gid: i64,
    /// The members, separated by commas.
    pub members: &'a str,
}

/// Why a user or a group is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// No passwd line has this name.
    #[error("unable to find user {user}: no matching entries in passwd file")]
    NoUser {
        /// The name.
        user: String,
    },
    /// No group line has this name.
    #[error("unable to find group {group}: no matching entries in group file")]
    NoGroup {
        /// The name.
        group: String,
    },
    /// No group line is left for this extra group: Podman's message differs by one letter.
    #[error("Unable to find group {group}: no matching entries in group file")]
    NoExtraGroup {
        /// The name, or a number that is too long to be one.
        group: String,
    },
    /// A number without an account is no id.
    #[error("uids and gids must be in range 0-2147483647")]
    Range,
    /// A host account's id has a digit that is not octal, or is too high when read so.
    #[error("strconv.ParseUint: parsing \"{id}\": {}", if is_octal(id) { "value out of range" } else { "invalid syntax" })]
    NotOctal {
        /// The id as the host's account has it.
        id: String,
    },
}

/// Finds who `user[:group]` is; what follows a second colon is ignored. An absent file (`None`) has no lines.
///
/// # Errors
///
/// [`LookupError::NoUser`] and [`LookupError::NoGroup`] for names without a line, [`LookupError::Range`] for numbers without
/// a line outside 0 to 2147483647.
///
/// Source: runc `libcontainer/user/user.go`, `GetExecUser`.
///
/// # Examples
///
/// ```
/// use ocify::parts::user::lookup::exec_user;
///
/// let user = exec_user("www", Some("root:x:0:0::/root:/bin/sh\nwww:x:33:33::/srv:/bin/sh\n"), None)?;
/// assert_eq!((user.uid, user.gid), (33, 33));
/// assert!(exec_user("nobody", None, None).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn exec_user<'a>(
    user_spec: &str,
    passwd: Option<&'a str>,
    group: Option<&'a str>,
) -> Result<ExecUser<'a>, LookupError> {
    // LP-USER-03
    let mut parts = user_spec.split(':');
    let (user_part, group_part) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let user_id = atoi(user_part);
    let matched = match (user_part, &user_id) {
        ("", _) => users(passwd).find(|user| user.uid() == 0),
        (_, Ok(id)) => users(passwd).find(|user| user.uid() == *id),
        (name, Err(_)) => users(passwd).find(|user| user.name() == name),
    };
    let mut exec = match (matched.map(UserLine::read), user_id) {
        (Some(user), _) => ExecUser {
            uid: truncated(user.uid),
            gid: truncated(user.gid),
            home: user.home,
            ..ExecUser::default()
        },
        (None, _) if user_part.is_empty() => ExecUser::default(),
        (None, Ok(id)) => ExecUser { uid: in_range(id)?, ..ExecUser::default() },
        (None, Err(_)) => return Err(LookupError::NoUser { user: user_part.to_string() }),
    };
    // LP-USER-04
    if !group_part.is_empty() {
        exec.gid = match (find_group(group, group_part), atoi(group_part)) {
            (Some(group), _) => truncated(group.gid),
            (None, Ok(id)) => in_range(id)?,
            (None, Err(_)) => return Err(LookupError::NoGroup { group: group_part.to_string() }),
        };
    } else if let Some(name) = matched.map(UserLine::name).filter(|name| !name.is_empty()) {
        let memberships =
            groups(group).filter(|group| group.members().split(',').any(|member| member == name));
        exec.supplementary =
            memberships.map(|group| u32::try_from(group.gid()).unwrap_or(u32::MAX)).collect();
    }
    Ok(exec)
}

/// Gives the first id of a line that [`exec_user`] would take for this `user[:group]` and that is not from 0 to 2147483647: it would be cut
/// to 32 bits.
pub fn id_out_of_range(user_spec: &str, passwd: Option<&str>, group: Option<&str>) -> Option<i64> {
    let mut parts = user_spec.split(':');
    let (user_part, group_part) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let user = match user_part {
        "" => find_user(passwd, "0"),
        name => find_user(passwd, name),
    };
    let gid = if group_part.is_empty() {
        user.map(|user| user.gid)
    } else {
        find_group(group, group_part).map(|group| group.gid)
    };
    user.map(|user| user.uid).into_iter().chain(gid).find(|id| in_range(*id).is_err())
}

/// Says whether a user or group is written in digits and yet too long to be read as a number, so that Podman takes it for a name.
pub fn is_number_as_name(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && atoi(text).is_err()
}

/// Finds a passwd line: by id if the text is a number, and then by nothing else; by name otherwise.
pub fn find_user<'a>(passwd: Option<&'a str>, name_or_id: &str) -> Option<User<'a>> {
    // LP-USER-40
    match atoi(name_or_id) {
        Ok(id) => users(passwd).find(|user| user.uid() == id),
        Err(_) => users(passwd).find(|user| user.name() == name_or_id),
    }
    .map(UserLine::read)
}

/// Finds a group line: by id if the text is a number, and then by nothing else; by name otherwise.
pub fn find_group<'a>(group: Option<&'a str>, name_or_id: &str) -> Option<Group<'a>> {
    // LP-USER-40
    match atoi(name_or_id) {
        Ok(id) => groups(group).find(|group| group.gid() == id),
        Err(_) => groups(group).find(|group| group.name() == name_or_id),
    }
    .map(GroupLine::read)
}

/// Gives the user that a host account stands for when the image does not know the container's user, which is one of its
/// `hostusers`. The ids are the account's, in decimal.
///
/// # Errors
///
/// [`LookupError::NotOctal`]: see [`octal_id`].
pub fn host_exec_user<'a>(
    uid: &str,
    gid: &str,
    home: &'a str,
) -> Result<ExecUser<'a>, LookupError> {
    // LP-USER-06
    let octal = |id: &str| octal_id(id).ok_or_else(|| LookupError::NotOctal { id: id.to_string() });
    Ok(ExecUser { uid: octal(uid)?, gid: octal(gid)?, home, supplementary: Vec::new() })
}

/// Reads a host account's decimal id as octal, as Podman 4.3 does: 1000 is 512, 998 is nothing.
pub fn octal_id(id: &str) -> Option<u32> {
    // LP-USER-06
    if is_octal(id) { u32::from_str_radix(id, 8).ok() } else { None }
}

fn is_octal(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
}

/// A passwd line, of which only what is asked for is read.
#[derive(Clone, Copy, Debug)]
struct UserLine<'a>(&'a str);

impl<'a> UserLine<'a> {
    fn name(self) -> &'a str {
        field(self.0, 0)
    }

    fn uid(self) -> i64 {
        number(field_bytes(self.0, 2))
    }

    fn read(self) -> User<'a> {
        User {
            name: self.name(),
            uid: self.uid(),
            gid: number(field_bytes(self.0, 3)),
            home: field(self.0, 5),
        }
    }
}

/// A group line, likewise.
#[derive(Clone, Copy, Debug)]
struct GroupLine<'a>(&'a str);

impl<'a> GroupLine<'a> {
    fn name(self) -> &'a str {
        field(self.0, 0)
    }

    fn gid(self) -> i64 {
        number(field_bytes(self.0, 2))
    }

    fn members(self) -> &'a str {
        field(self.0, 3)
    }

    fn read(self) -> Group<'a> {
        Group { name: self.name(), gid: self.gid(), members: self.members() }
    }
}

/// Gives the lines of a passwd text; a `#` means nothing there.
fn users(passwd: Option<&str>) -> impl Iterator<Item = UserLine<'_>> {
    // LP-USER-05
    filled_lines(passwd).map(UserLine)
}

/// Gives the lines of a group text that are no comments.
fn groups(group: Option<&str>) -> impl Iterator<Item = GroupLine<'_>> {
    // LP-USER-05
    filled_lines(group).filter(|line| !line.starts_with('#')).map(GroupLine)
}

/// Gives name and id of every group of a group text, in order.
pub(super) fn all_groups(group: Option<&str>) -> impl Iterator<Item = (&str, i64)> {
    groups(group).map(|line| (line.name(), line.gid()))
}

fn filled_lines(text: Option<&str>) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let lines = core::iter::from_fn(move || {
        let text = rest?;
        let (line, behind) = cut(text, bytes::position(text.as_bytes(), b'\n'));
        rest = behind;
        Some(line)
    });
    lines.map(trimmed).filter(|line| !line.is_empty())
}

/// Takes white space off both ends; as a rule there is none.
fn trimmed(line: &str) -> &str {
    match line.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => line,
        _ => line.trim(),
    }
}

/// Cuts a text at an ASCII byte; without one all of it comes first.
fn cut(text: &str, at: Option<usize>) -> (&str, Option<&str>) {
    match at.and_then(|at| text.split_at_checked(at)) {
        Some((before, rest)) => (before, rest.get(1..)),
        None => (text, None),
    }
}

/// Gives one field of a line, empty where the line is too short.
fn field(line: &str, index: usize) -> &str {
    // The end of a field is the end of a character.
    str::from_utf8(field_bytes(line, index)).unwrap_or_default()
}

fn field_bytes(line: &str, index: usize) -> &[u8] {
    line.as_bytes().split(|byte| *byte == b':').nth(index).unwrap_or_default()
}

/// Reads a number of a file: what is none is 0, what is too large is the largest there is.
fn number(digits: &[u8]) -> i64 {
    // LP-USER-05
    short_number(digits).unwrap_or_else(|| {
        let text = str::from_utf8(digits).unwrap_or_default();
        atoi(text).unwrap_or_else(|instead| instead)
    })
}

/// Reads a number as Go's `strconv.Atoi` does. The error is the number that Go gives along with its own.
pub(super) fn atoi(text: &str) -> Result<i64, i64> {
    if let Some(number) = short_number(text.as_bytes()) {
        return Ok(number);
    }
    text.parse().map_err(|error: core::num::ParseIntError| {
        let digits = text.trim_start_matches(['+', '-']);
        match error.kind() {
            IntErrorKind::PosOverflow if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                i64::MAX
            }
            IntErrorKind::NegOverflow if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                i64::MIN
            }
            _ => 0,
        }
    })
}

/// Reads what nearly all ids are: a few digits and nothing else.
fn short_number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number.wrapping_mul(10).wrapping_add(i64::from(digit)))
    })
}

/// Takes an id that no line backs.
pub(super) fn in_range(id: i64) -> Result<u32, LookupError> {
    if (0..=MAX_ID).contains(&id) { Ok(truncated(id)) } else { Err(LookupError::Range) }
}

/// Keeps the low 32 bits, as Podman does with the ids of a file.
pub(super) fn truncated(id: i64) -> u32 {
    u32::try_from(id & i64::from(u32::MAX)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\n  app:x:1000:1001:App:/home/app:/bin/sh  \r\n\
                          bad:x:zz:5\n#c:x:7:7::/c:\nbig:x:99999999999999999999:3::/big\nminus:x:-1:-2::/m\n:x:8:9::/noname";
    const GROUP: &str = "root:x:0:\nwheel:x:10:root,app\n#off:x:11:app\n  users:x:100:app\nodd:x:4294967301:odd\n\
                         bad:x:zz:bad\nshort";

    fn user<'a>(uid: u32, gid: u32, supplementary: &[u32], home: &'a str) -> ExecUser<'a> {
        ExecUser { uid, gid, home, supplementary: supplementary.to_vec() }
    }

    fn no_user(user: &str) -> LookupError {
        LookupError::NoUser { user: user.into() }
    }

    fn no_group(group: &str) -> LookupError {
        LookupError::NoGroup { group: group.into() }
    }

    #[test]
    fn a_user_is_found_by_name_or_by_number() {
        for (spec, expected) in [
            ("", Ok(user(0, 0, &[10], "/root"))),
            ("root", Ok(user(0, 0, &[10], "/root"))),
            ("0", Ok(user(0, 0, &[10], "/root"))),
            ("app", Ok(user(1000, 1001, &[10, 100], "/home/app"))),
            ("app:", Ok(user(1000, 1001, &[10, 100], "/home/app"))),
            ("1000", Ok(user(1000, 1001, &[10, 100], "/home/app"))),
            ("+01000", Ok(user(1000, 1001, &[10, 100], "/home/app"))),
            ("app:wheel", Ok(user(1000, 10, &[], "/home/app"))),
            ("app:wheel:x", Ok(user(1000, 10, &[], "/home/app"))),
            ("app:55", Ok(user(1000, 55, &[], "/home/app"))),
            ("4242", Ok(user(4242, 0, &[], ""))),
            ("4242:wheel", Ok(user(4242, 10, &[], ""))),
            (":wheel", Ok(user(0, 10, &[], "/root"))),
            ("nouser", Err(no_user("nouser"))),
            ("App", Err(no_user("App"))),
            ("99999999999999999999", Err(no_user("99999999999999999999"))),
            ("app:nogroup", Err(no_group("nogroup"))),
            ("nouser:nogroup", Err(no_user("nouser"))),
            ("app:off", Err(no_group("off"))),
            ("-1:0", Ok(user(u32::MAX, 0, &[], "/m"))),
            ("-2", Err(LookupError::Range)),
            ("4294967296", Err(LookupError::Range)),
            ("2147483647", Ok(user(2_147_483_647, 0, &[], ""))),
            ("2147483648", Err(LookupError::Range)),
            ("app:-1", Err(LookupError::Range)),
            ("app:2147483648", Err(LookupError::Range)),
            // A number that is none is 0 in both files, so `bad` is root with group 5.
            ("bad", Ok(user(0, 5, &[0], ""))),
            ("app:bad", Ok(user(1000, 0, &[], "/home/app"))),
            ("app:short", Ok(user(1000, 0, &[], "/home/app"))),
            ("#c", Ok(user(7, 7, &[], "/c"))),
            ("big", Ok(user(u32::MAX, 3, &[], "/big"))),
            ("minus", Ok(user(u32::MAX, u32::MAX - 1, &[], "/m"))),
            ("8", Ok(user(8, 9, &[], "/noname"))),
        ] {
            assert_eq!(exec_user(spec, Some(PASSWD), Some(GROUP)), expected, "{spec:?}");
        }
    }

    #[test]
    fn the_first_line_wins() {
        let passwd = "a:x:5:6::/one:\nb:x:5:7::/two:\na:x:8:9::/three:\n";
        let group = "g:x:1:a\ng:x:2:a,a\nh:x:1:b,a\nspaced:x:3: a\n";
        assert_eq!(exec_user("a", Some(passwd), Some(group)), Ok(user(5, 6, &[1, 2, 1], "/one")));
        // By number, memberships are those of the name on the first line.
        assert_eq!(exec_user("5", Some(passwd), Some(group)), Ok(user(5, 6, &[1, 2, 1], "/one")));
        assert_eq!(exec_user("b:g", Some(passwd), Some(group)), Ok(user(5, 1, &[], "/two")));
    }

    #[test]
    fn an_absent_file_has_no_lines() {
        assert_eq!(exec_user("", None, None), Ok(ExecUser::default()));
        assert_eq!(exec_user("0", None, None), Ok(ExecUser::default()));
        assert_eq!(exec_user("7:8", None, None), Ok(user(7, 8, &[], "")));
        assert_eq!(exec_user("root", None, None), Err(no_user("root")));
        assert_eq!(exec_user("0:root", None, None), Err(no_group("root")));
    }

    #[test]
    fn a_group_that_is_no_id_is_never_available() {
        let passwd = "odd:x:1:1::/:";
        assert_eq!(exec_user("odd", Some(passwd), Some(GROUP)), Ok(user(1, 1, &[u32::MAX], "/")));
    }

    #[test]
    fn a_refusal_is_in_podmans_words() {
        for (error, expected) in [
            (no_user("ghost"), "unable to find user ghost: no matching entries in passwd file"),
            (no_group("ghosts"), "unable to find group ghosts: no matching entries in group file"),
            (LookupError::Range, "uids and gids must be in range 0-2147483647"),
            (
                host_exec_user("998", "100", "/").unwrap_err(),
                "strconv.ParseUint: parsing \"998\": invalid syntax",
            ),
            (
                host_exec_user("100", "77777777777777", "/").unwrap_err(),
                "strconv.ParseUint: parsing \"77777777777777\": value out of range",
            ),
        ] {
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_host_accounts_id_is_read_as_octal() {
        for (id, expected) in [
            ("1000", Some(512)),
            ("1001", Some(513)),
            ("998", None),
            ("65534", Some(27484)),
            ("0", Some(0)),
            ("37777777777", Some(u32::MAX)),
            ("40000000000", None),
            ("+7", None),
            ("", None),
        ] {
            assert_eq!(octal_id(id), expected, "{id}");
        }
        assert_eq!(host_exec_user("1000", "100", "/home/u"), Ok(user(512, 64, &[], "/home/u")));
    }

    #[test]
    fn a_line_is_found_by_number_or_else_by_name() {
        let found = find_user(Some(PASSWD), "app").unwrap();
        assert_eq!(found, User { name: "app", uid: 1000, gid: 1001, home: "/home/app" });
        assert_eq!(find_user(Some(PASSWD), "1000"), Some(found));
        assert_eq!(find_user(Some("7:x:8:8::/:"), "7"), None);
        assert_eq!(find_user(None, "app"), None);
        assert_eq!(
            find_group(Some(GROUP), "10"),
            Some(Group { name: "wheel", gid: 10, members: "root,app" })
        );
        assert_eq!(find_group(Some(GROUP), "wheel").map(|group| group.gid), Some(10));
        assert_eq!(find_group(Some(GROUP), "#off"), None);
        assert_eq!(find_group(Some(GROUP), "nope"), None);
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("7", Ok(7)),
            ("-7", Ok(-7)),
            ("+007", Ok(7)),
            ("", Err(0)),
            ("-", Err(0)),
            ("1_0", Err(0)),
            (" 1", Err(0)),
            ("9223372036854775808", Err(i64::MAX)),
            ("-9223372036854775809", Err(i64::MIN)),
            ("99999999999999999999x", Err(0)),
        ] {
            assert_eq!(atoi(text), expected, "{text:?}");
        }
    }
}
