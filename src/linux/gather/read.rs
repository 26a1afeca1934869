//! Reads small text files of the host without being held up by what they are.

use crate::facts::Errno;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

/// The largest file that is read, bytes. Larger ones are `EFBIG`.
pub(crate) const LARGEST: u64 = 1 << 20;

/// Flags for opening what may turn out to be a FIFO or a terminal: neither waits, neither becomes ours.
pub(crate) const CAREFULLY: OFlags = OFlags::CLOEXEC.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// The text of a regular file of the host. What is not UTF-8 in it is replaced: ids, addresses and paths are ASCII in such files.
///
/// # Errors
///
/// The host's error; `EISDIR` and `EINVAL` for what is no regular file, `EFBIG` above [`LARGEST`].
pub(crate) fn text(path: impl AsRef<Path>) -> Result<String, Errno> {
    whole(open(path.as_ref(), OFlags::RDONLY | CAREFULLY, Mode::empty()).map_err(errno)?)
}

/// The text of an open file, as [`text`].
///
/// # Errors
///
/// As [`text`].
pub(crate) fn whole(fd: OwnedFd) -> Result<String, Errno> {
    match FileType::from_raw_mode(fstat(&fd).map_err(errno)?.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(Errno::EISDIR),
        _ => return Err(Errno::EINVAL),
    }
    let mut bytes = Vec::new();
    File::from(fd)
        .take(LARGEST.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| io_errno(&e))?;
    if u64::try_from(bytes.len()).is_ok_and(|long| long > LARGEST) {
        return Err(Errno::EFBIG);
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    })
}

/// An error of a system call, as facts have it.
pub(crate) fn errno(error: rustix::io::Errno) -> Errno {
    Errno(error.raw_os_error())
}

/// An error of the standard library, as facts have it; `EIO` where it is none of the kernel's.
pub(crate) fn io_errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno)
}
