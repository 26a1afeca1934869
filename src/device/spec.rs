//! Reads devices written as `source[:destination][:permissions]`.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::path;

/// What a device may be used for when nothing is said: read, write, make.
pub const ALL_PERMISSIONS: &str = "rwm";

/// One device, as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeviceSpec<'a> {
    /// The node on the host.
    pub source: &'a str,
    /// The node in the container.
    pub destination: &'a str,
    /// Letters of `rwm`.
    pub permissions: &'a str,
}

/// A directory whose devices are all meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Directory<'a> {
    /// The directory on the host.
    pub source: &'a str,
    /// Where its devices go in the container.
    pub destination: &'a str,
    /// Permissions, unchecked; empty where nothing is said.
    pub permissions: &'a str,
}

/// Why a device is refused, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// Neither permissions nor a path.
    #[error("invalid device mode: {0}")]
    Mode(String),
    /// More than three parts.
    #[error("invalid device specification: {0}")]
    Parts(String),
    /// A directory with three parts of which the second is no path.
    #[error("invalid device specification {0}: invalid argument")]
    Directory(String),
    /// A directory without devices.
    #[error("no devices found in {0}: invalid argument")]
    NoDevices(String),
    /// A path that is no device.
    #[error("{0} is not a valid device: not a device node")]
    NotADevice(String),
    /// An empty second part, which ends Podman's request in a crash of Go's.
    #[error("runtime error: index out of range [0] with length 0")]
    EmptyPart(String),
}

/// Gives the path on the host that a device string starts with, to be looked at before anything else is read.
pub fn source(text: &str) -> &str {
    text.split(':').next().unwrap_or_default()
}

/// Gives a device string with its source replaced by what that leads to, if it is a link.
pub fn with_source<'a>(text: &'a str, resolved: &str) -> Cow<'a, str> {
    // SG-DEV-03: the text is put together again and read anew, so that a `:` in what a link leads to counts as one.
    match text.strip_prefix(source(text)) {
        Some(rest) if source(text) != resolved => Cow::Owned([resolved, rest].concat()),
        _ => Cow::Borrowed(text),
    }
}

/// Reads a device string whose source is no directory.
///
/// # Errors
///
/// [`DeviceError::Parts`], [`DeviceError::Mode`] or [`DeviceError::EmptyPart`].
///
/// Source: Podman `pkg/specgen/generate/config_linux.go`, `ParseDevice`.
///
/// # Examples
///
/// ```
/// use ocify::parts::device::spec::parse;
///
/// let device = parse("/dev/fuse:/dev/f:rw")?;
/// assert_eq!((device.source, device.permissions), ("/dev/fuse", "rw"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(text: &str) -> Result<DeviceSpec<'_>, DeviceError> {
    // SG-DEV-04
    let mut parts = text.split(':');
    let (source, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if parts.next().is_some() {
        return Err(DeviceError::Parts(text.into()));
    }
    if let Some(mode) = third.filter(|mode| !is_mode(mode)) {
        return Err(DeviceError::Mode(mode.into()));
    }
    let permissions = third.unwrap_or(ALL_PERMISSIONS);
    match second {
        None => Ok(DeviceSpec { source, destination: source, permissions }),
        // Q-47: permissions in the second place win over those in the third.
        Some(mode) if is_mode(mode) => {
            Ok(DeviceSpec { source, destination: source, permissions: mode })
        }
        Some("") => Err(DeviceError::EmptyPart(text.into())), // SG-DEV-05, Q-26
        Some(destination) if path::is_abs(destination) => {
            Ok(DeviceSpec { source, destination, permissions })
        }
        Some(mode) => Err(DeviceError::Mode(mode.into())),
    }
}

/// Reads a device string whose source led to the directory `resolved`.
///
/// # Errors
///
/// [`DeviceError::Directory`]
///
/// Source: Podman `pkg/specgen/generate/config_linux.go`, `DevicesFromPath`.
pub fn parse_directory<'a>(text: &'a str, resolved: &'a str) -> Result<Directory<'a>, DeviceError> {
    // SG-DEV-06: an empty second part is well here, and parts after the third are not looked at.
    let mut parts = text.split(':').skip(1);
    let (second, third) = (parts.next().unwrap_or_default(), parts.next());
    let (destination, permissions) =
        if path::is_abs(second) { (second, "") } else { (resolved, second) };
    match third {
        None => Ok(Directory { source: resolved, destination, permissions }),
        Some(_) if !permissions.is_empty() => Err(DeviceError::Directory(text.into())),
        Some(permissions) => Ok(Directory { source: resolved, destination, permissions }),
    }
}

impl Directory<'_> {
    /// Gives the device string of a node found at `found`, somewhere below the directory, to be read by [`parse`].
    pub fn device(&self, found: &str) -> String {
        let below = found.strip_prefix(self.source).unwrap_or(found);
        let destination = path::join(&[self.destination, below]);
        let colon = if self.permissions.is_empty() { "" } else { ":" };
        [found, ":", &destination, colon, self.permissions].concat()
    }
}

/// Says whether a text is permissions: letters of `rwm`, none twice, at least one.
pub fn is_mode(text: &str) -> bool {
    let once = |letter| text.matches(letter).count() <= 1;
    !text.is_empty()
        && text.bytes().all(|byte| matches!(byte, b'r' | b'w' | b'm'))
        && once('r')
        && once('w')
        && once('m')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn device_strings_are_read() {
        let table = [
            ("/dev/null", ("/dev/null", "/dev/null", "rwm")),
            ("/dev/null:/dev/n2:r", ("/dev/null", "/dev/n2", "r")), // E-40
            ("/dev/null:/dev/n2", ("/dev/null", "/dev/n2", "rwm")),
            ("/dev/null:rm", ("/dev/null", "/dev/null", "rm")),
            ("/dev/null:mwr", ("/dev/null", "/dev/null", "mwr")),
            ("/dev/null:r:w", ("/dev/null", "/dev/null", "r")), // Q-47
            ("rel:/d", ("rel", "/d", "rwm")),
            ("", ("", "", "rwm")),
        ];
        for (text, wanted) in table {
            let DeviceSpec { source, destination, permissions } = parse(text).unwrap();
            assert_eq!((source, destination, permissions), wanted, "{text}");
        }
    }

    #[test]
    fn refusals_read_as_podmans() {
        let crash = "runtime error: index out of range [0] with length 0";
        let table = [
            ("/dev/null:", crash), // Q-26
            ("/dev/null::rw", crash),
            ("/dev/null::", "invalid device mode: "),
            ("/dev/null::x", "invalid device mode: x"),
            ("/dev/null:rel", "invalid device mode: rel"),
            ("/dev/null:rr", "invalid device mode: rr"),
            ("/dev/null:/d:rwx", "invalid device mode: rwx"),
            ("/dev/null:r:", "invalid device mode: "),
            ("a:b:c:d", "invalid device specification: a:b:c:d"),
        ];
        for (text, wanted) in table {
            assert_eq!(parse(text).unwrap_err().to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn directories_are_read() {
        let read = |text: &'static str| {
            parse_directory(text, "/dev/net")
                .map(|directory| directory.device("/dev/net/sub/tun"))
                .map_err(|error| error.to_string())
        };
        let table = [
            ("/dev/net", Ok("/dev/net/sub/tun:/dev/net/sub/tun")),
            ("/dev/net:/dev/foo:rm", Ok("/dev/net/sub/tun:/dev/foo/sub/tun:rm")), // E-42
            ("/dev/net:/dev/foo/", Ok("/dev/net/sub/tun:/dev/foo/sub/tun")),
            ("/dev/net:rw", Ok("/dev/net/sub/tun:/dev/net/sub/tun:rw")),
            ("/dev/net:", Ok("/dev/net/sub/tun:/dev/net/sub/tun")),
            ("/dev/net::r", Ok("/dev/net/sub/tun:/dev/net/sub/tun:r")),
            // What is no mode shows only when a device is read.
            ("/dev/net:bad", Ok("/dev/net/sub/tun:/dev/net/sub/tun:bad")),
            ("/dev/net:/x:r:more", Ok("/dev/net/sub/tun:/x/sub/tun:r")),
            ("/dev/net:rw:r", Err("invalid device specification /dev/net:rw:r: invalid argument")),
        ];
        for (text, wanted) in table {
            assert_eq!(read(text).as_deref().map_err(String::as_str), wanted, "{text}");
        }
        assert_eq!(
            DeviceError::NoDevices("/dev/x:r".into()).to_string(),
            "no devices found in /dev/x:r: invalid argument"
        );
    }

    #[test]
    fn a_link_is_replaced_by_what_it_leads_to() {
        assert_eq!(source("/dev/lnk:/d:r"), "/dev/lnk");
        assert_eq!(with_source("/dev/lnk:/d:r", "/dev/real"), "/dev/real:/d:r");
        assert_eq!(with_source("/dev/lnk", "/dev/a:b"), "/dev/a:b");
        assert!(matches!(with_source("/dev/lnk:r", "/dev/lnk"), Cow::Borrowed("/dev/lnk:r")));
    }

    #[test]
    fn modes_have_no_letter_twice() {
        assert!(["r", "w", "m", "rw", "mr", "rwm", "wmr"].into_iter().all(is_mode));
        assert!(!["", "rr", "rwmr", "x", "R", "/d", "r\u{e9}"].into_iter().any(is_mode));
    }
}
