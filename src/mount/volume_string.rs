//! Reads volumes written as `[source:]destination[:options]`, the form of `containers.conf`.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::path;
use crate::quote::Quoted;

/// What a volume string asks for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A path of the host.
    Bind,
    /// A path of the host below a layer that takes the changes.
    Overlay,
    /// A named volume; an empty name stands for one that is still to be made up.
    Named,
}

/// One volume, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Volume<'a> {
    /// What kind it is.
    pub kind: Kind,
    /// The path on the host, or the volume's name.
    pub source: Cow<'a, str>,
    /// Where it goes; not yet looked at, see [`check_destination`].
    pub destination: Cow<'a, str>,
    /// The options kept, in order.
    pub options: Vec<&'a str>,
}

/// Why a volume string is refused, in Podman's words; `E` is why a relative source could not be resolved.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VolumeError<E> {
    /// More than three parts.
    #[error("{0}: incorrect volume format, should be [host-dir:]ctr-dir[:option]")]
    Format(String),
    /// Nothing before the first `:`.
    #[error("host directory cannot be empty")]
    EmptySource,
    /// A source that starts with `./` leads nowhere.
    #[error("{0}")]
    Resolve(E),
    /// Bad options.
    #[error(transparent)]
    Option(#[from] VolumeOptionError),
    /// Two different volumes of one kind with the same destination.
    #[error("{0}: duplicate mount destination")]
    Duplicate(String),
}

/// Why the options of a volume string are refused, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VolumeOptionError {
    /// Two options of one group: all options, and what only one may be given of.
    #[error("invalid options {}, can only specify 1 {what}", Quoted(.options))]
    Duplicate {
        /// All the options, joined by `, `.
        options: String,
        /// The group in words.
        what: &'static str,
    },
    /// No option at all.
    #[error("invalid option type {}", Quoted(.0))]
    Unknown(String),
    /// One directory of an overlay without the other.
    #[error("must set both `upperdir` and `workdir`")]
    OnlyOneDirectory,
    /// `O` goes with `U`, or with the two directories, and with nothing else.
    #[error("can't use 'O' with other options")]
    Overlay,
}

/// Why a destination inside the container is refused, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DestinationError {
    /// Nothing was written.
    #[error("container directory cannot be empty")]
    Empty,
    /// It does not start at the root.
    #[error("invalid container path {}, must be an absolute path", Quoted(.0))]
    Relative(String),
}

/// Checks a destination: it has to be there, and absolute.
///
/// # Errors
///
/// [`DestinationError`], whichever it is.
pub fn check_destination(destination: &str) -> Result<(), DestinationError> {
    // SG-VOL-06
    match destination {
        "" => Err(DestinationError::Empty),
        _ if path::is_abs(destination) => Ok(()),
        _ => Err(DestinationError::Relative(destination.into())),
    }
}

/// Reads volume strings in order; one that repeats an earlier one is left out.
///
/// # Errors
///
/// The first string that [`parse`] refuses, or that puts something else at an earlier one's destination, as written.
///
/// Source: Podman `pkg/specgen/volumes.go`, `GenVolumeMounts`.
pub fn parse_all<'a, E>(
    texts: impl IntoIterator<Item = &'a str>,
    cwd: &str,
    mut resolve: impl FnMut(&'a str) -> Result<Cow<'a, str>, E>,
) -> Result<Vec<Volume<'a>>, VolumeError<E>> {
    let mut volumes: Vec<Volume<'a>> = Vec::new();
    let mut taken: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    for text in texts {
        let volume = parse(text, cwd, &mut resolve)?;
        let place = (volume.kind, String::from(volume.destination.as_ref()));
        match taken.get(&place).and_then(|&at| volumes.get(at)) {
            None => {
                taken.insert(place, volumes.len());
                volumes.push(volume);
            }
            // Two named volumes of one name are the same, whatever their options.
            Some(earlier)
                if earlier.source == volume.source
                    && (volume.kind == Kind::Named || earlier.options == volume.options) => {}
            Some(_) => return Err(VolumeError::Duplicate(place.1)),
        }
    }
    Ok(volumes)
}

/// Reads one volume string.
///
/// `cwd` is the directory that the engine runs in, against which an overlay's relative source is read. `resolve` gives the absolute
/// path, free of links, that a source which starts with `./` leads to.
///
/// # Errors
///
/// A string of more than three parts, a source that is empty or cannot be resolved, bad options.
///
/// # Examples
///
/// ```
/// use ocify::parts::mount::volume_string::parse;
///
/// let none = |_| Err::<std::borrow::Cow<'_, str>, _>("no link is followed here");
/// let volume = parse("data:/var/lib/db:U", "/", none)?;
/// assert_eq!((&*volume.source, &*volume.destination), ("data", "/var/lib/db"));
/// # Ok::<(), ocify::parts::mount::volume_string::VolumeError<&str>>(())
/// ```
pub fn parse<'a, E>(
    text: &'a str,
    cwd: &str,
    resolve: impl FnOnce(&'a str) -> Result<Cow<'a, str>, E>,
) -> Result<Volume<'a>, VolumeError<E>> {
    // SG-VOL-07
    let mut parts = text.split(':');
    let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if parts.next().is_some() {
        return Err(VolumeError::Format(text.into()));
    }
    let first = if first.starts_with("./") {
        resolve(first).map_err(VolumeError::Resolve)?
    } else {
        Cow::Borrowed(first)
    };
    let options = third.map_or(Ok(Vec::new()), check_options)?;
    let Some(destination) = second else {
        return Ok(Volume {
            kind: Kind::Named,
            source: Cow::Borrowed(""),
            destination: first,
            options,
        });
    };
    let destination = Cow::Borrowed(destination);
    if first.is_empty() {
        return Err(VolumeError::EmptySource);
    }
    if !first.starts_with(['/', '.']) {
        return Ok(Volume { kind: Kind::Named, source: first, destination, options });
    }
    if !options.contains(&"O") {
        return Ok(Volume { kind: Kind::Bind, source: first, destination, options });
    }
    check_overlay(&options)?;
    let source = if path::is_abs(&first) {
        path::clean(&first).into_owned()
    } else {
        path::join(&[cwd, &first])
    };
    Ok(Volume { kind: Kind::Overlay, source: Cow::Owned(source), destination, options })
}

/// Checks that `O` stands with options it goes with; the marks of `U` and of the directories are looked for in all the text.
fn check_overlay(options: &[&str]) -> Result<(), VolumeOptionError> {
    let any = |mark: &str| options.iter().any(|option| option.contains(mark));
    let (upper, work) = (any("upperdir"), any("workdir"));
    if upper != work {
        return Err(VolumeOptionError::OnlyOneDirectory);
    }
    match options.len() {
        0 | 1 => Ok(()),
        2 if any("U") => Ok(()),
        3 if upper => Ok(()),
        _ => Err(VolumeOptionError::Overlay),
    }
}

/// Reads the options of a volume string, which differ from those of a mount in the request.
///
/// Source: containers/common `pkg/parse/parse.go`, `ValidateVolumeOpts`.
fn check_options(text: &str) -> Result<Vec<&str>, VolumeOptionError> {
    let mut kept = Vec::new();
    let mut seen: Vec<&'static str> = Vec::new();
    for option in text.split(',') {
        let group = match option {
            _ if option.contains("upperdir") => "upperdir per overlay",
            _ if option.contains("workdir") => "workdir per overlay",
            _ if option.starts_with("idmap") => {
                kept.push(option);
                continue;
            }
            // Another system's options, of no meaning on Linux.
            "cached" | "delegated" => continue,
            "exec" | "noexec" => "'noexec' or 'exec' option",
            "dev" | "nodev" => "'nodev' or 'dev' option",
            "suid" | "nosuid" => "'nosuid' or 'suid' option",
            "rw" | "ro" => "'rw' or 'ro' option",
            "z" | "Z" | "O" => "'z', 'Z', or 'O' option",
            "U" => "'U' option",
            "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" | "unbindable"
            | "runbindable" => "'[r]shared', '[r]private', '[r]slave' or '[r]unbindable' option",
            "bind" | "rbind" => "'[r]bind' option",
            "copy" | "nocopy" => "'copy' or 'nocopy' option",
            _ => return Err(VolumeOptionError::Unknown(option.into())),
        };
        if seen.contains(&group) {
            return Err(VolumeOptionError::Duplicate {
                options: text.replace(',', ", "),
                what: group,
            });
        }
        seen.push(group);
        kept.push(option);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    fn read(text: &str) -> Result<Volume<'_>, VolumeError<&'static str>> {
        parse(text, "/srv/cwd", |source| match source {
            "./x" => Ok(Cow::Borrowed("/real/x")),
            _ => Err("no such file or directory"),
        })
    }

    #[test]
    fn volume_strings_are_read() {
        let table = [
            // E-82
            ("/srv/a:/cv:ro", Kind::Bind, "/srv/a", "/cv", "ro"),
            ("cvol:/cn", Kind::Named, "cvol", "/cn", ""),
            ("/anon", Kind::Named, "", "/anon", ""),
            // The destination is not looked at here.
            ("relative:dst", Kind::Named, "relative", "dst", ""),
            ("", Kind::Named, "", "", ""),
            ("./x:/d", Kind::Bind, "/real/x", "/d", ""),
            ("./x", Kind::Named, "", "/real/x", ""),
            ("../y:/d:z,U", Kind::Bind, "../y", "/d", "z,U"),
            (".hidden:/d", Kind::Bind, ".hidden", "/d", ""),
            ("/a:/d:cached,rw,delegated", Kind::Bind, "/a", "/d", "rw"),
            (
                "v:/d:idmap=uids=0-1-2,idmap,nocopy",
                Kind::Named,
                "v",
                "/d",
                "idmap=uids=0-1-2,idmap,nocopy",
            ),
            ("/a/../b:/d:O", Kind::Overlay, "/b", "/d", "O"),
            ("../b:/d:O,U", Kind::Overlay, "/srv/b", "/d", "O,U"),
            (
                "/a:/d:upperdir=/u,O,workdir=/w",
                Kind::Overlay,
                "/a",
                "/d",
                "upperdir=/u,O,workdir=/w",
            ),
            // On a named volume `O` is no overlay yet, and goes with anything.
            ("v:/d:O,ro", Kind::Named, "v", "/d", "O,ro"),
        ];
        for (text, kind, source, destination, options) in table {
            let volume = read(text).unwrap();
            assert_eq!(
                (volume.kind, volume.source.as_ref(), volume.destination.as_ref()),
                (kind, source, destination),
                "{text}"
            );
            assert_eq!(volume.options.join(","), options, "{text}");
        }
    }

    #[test]
    fn refusals_read_as_podmans() {
        let table = [
            ("a:b:c:d", "a:b:c:d: incorrect volume format, should be [host-dir:]ctr-dir[:option]"),
            (":/d", "host directory cannot be empty"),
            ("./nope:/d", "no such file or directory"),
            ("/a:/d:", "invalid option type \"\""),
            ("/a:/d:size=1", "invalid option type \"size=1\""),
            (
                "/a:/d:exec,noexec",
                "invalid options \"exec, noexec\", can only specify 1 'noexec' or 'exec' option",
            ),
            (
                "/a:/d:dev,dev",
                "invalid options \"dev, dev\", can only specify 1 'nodev' or 'dev' option",
            ),
            (
                "/a:/d:suid,nosuid",
                "invalid options \"suid, nosuid\", can only specify 1 'nosuid' or 'suid' option",
            ),
            (
                "/a:/d:ro,z,rw",
                "invalid options \"ro, z, rw\", can only specify 1 'rw' or 'ro' option",
            ),
            ("/a:/d:z,Z", "invalid options \"z, Z\", can only specify 1 'z', 'Z', or 'O' option"),
            ("/a:/d:z,O", "invalid options \"z, O\", can only specify 1 'z', 'Z', or 'O' option"),
            ("/a:/d:U,U", "invalid options \"U, U\", can only specify 1 'U' option"),
            (
                "/a:/d:slave,rshared",
                "invalid options \"slave, rshared\", can only specify 1 '[r]shared', '[r]private', '[r]slave' or '[r]unbindable' option",
            ),
            (
                "/a:/d:bind,rbind",
                "invalid options \"bind, rbind\", can only specify 1 '[r]bind' option",
            ),
            (
                "/a:/d:copy,nocopy",
                "invalid options \"copy, nocopy\", can only specify 1 'copy' or 'nocopy' option",
            ),
            (
                "/a:/d:upperdir=/u,upperdir=/v",
                "invalid options \"upperdir=/u, upperdir=/v\", can only specify 1 upperdir per overlay",
            ),
            (
                "/a:/d:workdir=/u,workdir=/v",
                "invalid options \"workdir=/u, workdir=/v\", can only specify 1 workdir per overlay",
            ),
            ("/a:/d:O,upperdir=/u", "must set both `upperdir` and `workdir`"),
            ("/a:/d:O,ro", "can't use 'O' with other options"),
            ("/a:/d:O,U,ro", "can't use 'O' with other options"),
            ("/a:/d:O,U,upperdir=/u,workdir=/w", "can't use 'O' with other options"),
        ];
        for (text, wanted) in table {
            assert_eq!(read(text).unwrap_err().to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn one_destination_holds_one_volume_of_a_kind() {
        let all = |texts: &[&'static str]| {
            parse_all(texts.iter().copied(), "/", |_| Err::<Cow<'_, str>, _>("no"))
                .map(|volumes| volumes.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            all(&["/a:/d", "/a:/d", "v:/d", "v:/d:ro", "/a:/d:O", "/d"]),
            Err("/d: duplicate mount destination".to_string())
        );
        assert_eq!(all(&["/a:/d", "/a:/d", "v:/d", "v:/d:ro", "/a:/d:O", "/a:/d/"]), Ok(4));
        assert_eq!(all(&["/a:/d", "/a:/d:ro"]), Err("/d: duplicate mount destination".to_string()));
        assert_eq!(all(&["/x", "/x"]), Ok(1));
    }

    #[test]
    fn destinations_are_absolute() {
        // Recorded from Podman 4.3.1: `v`.
        let words =
            |destination| check_destination(destination).map_err(|error| format!("{error}"));
        assert_eq!(
            words("v"),
            Err("invalid container path \"v\", must be an absolute path".to_string())
        );
        assert_eq!(words(""), Err("container directory cannot be empty".to_string()));
        assert_eq!(words("/x/../y/"), Ok(()));
    }
}
