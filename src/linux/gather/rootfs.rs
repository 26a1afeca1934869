//! Asks inside a root filesystem: its users, and what its paths are. Nothing outside of it is ever read.

use super::read::{errno, whole};
use crate::facts::{Answer, Errno, RootfsEntry};
use crate::linux::beneath::Root;
use rustix::fs::{FileType, fstat, readlinkat};
use std::borrow::ToOwned as _;
use std::string::String;

/// The text of a file inside; regular files only, up to 1 MiB.
pub(super) fn text(root: &str, path: &str) -> Answer<String> {
    let read = || whole(Root::open(root).and_then(|root| root.read(path)).map_err(errno)?);
    read().into()
}

/// What lies at an absolute path inside, a last link not followed.
///
/// # Errors
///
/// The host's error, but for those that mean that nothing is there.
pub(super) fn entry(root: &str, path: &str) -> Result<RootfsEntry, Errno> {
    let entry = |kind: &str, target: String| RootfsEntry { kind: kind.to_owned(), target };
    let found = match Root::open(root).map_err(errno)?.find_link(path).map_err(errno) {
        Ok(found) => found,
        Err(Errno::ENOENT | Errno::ENOTDIR) => return Ok(entry("absent", String::new())),
        Err(errno) => return Err(errno),
    };
    Ok(match FileType::from_raw_mode(fstat(&found).map_err(errno)?.st_mode) {
        FileType::Directory => entry("directory", String::new()),
        FileType::RegularFile => entry("file", String::new()),
        FileType::Symlink => {
            let target = readlinkat(&found, "", []).map_err(errno)?;
            // What is not UTF-8 in it is replaced: it then leads to nothing, and nothing is what a spec could say of it.
            entry("link", target.to_string_lossy().into_owned())
        }
        _ => entry("special", String::new()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::{create_dir_all, write};
    use std::os::unix::fs::symlink;

    #[test]
    fn links_do_not_lead_out_and_special_files_do_not_hold_up() {
        let scratch = Scratch::new();
        let root = scratch.path().join("root");
        create_dir_all(root.join("etc")).unwrap();
        create_dir_all(root.join("other")).unwrap();
        write(scratch.path().join("secret"), "outside").unwrap();
        write(root.join("other/passwd"), "inside").unwrap();
        write(root.join("large"), std::vec![b'x'; (1 << 20) + 1]).unwrap();
        write(root.join("latin1"), b"name:\xe9:\n").unwrap();
        symlink("../../secret", root.join("etc/out")).unwrap();
        symlink("/other/passwd", root.join("etc/passwd")).unwrap();
        symlink("/proc/self/root/etc/passwd", root.join("etc/magic")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("/dev/null", root.join("etc/dev")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join("fifo"),
            FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let root = root.to_str().unwrap();
        let said = |text: &str| Answer::Is(text.to_owned());
        for (path, answer) in [
            ("/etc/passwd", said("inside")),
            ("/other/../etc/passwd", said("inside")),
            ("/../../other/passwd", said("inside")),
            ("/latin1", said("name:\u{fffd}:\n")),
            ("/etc/out", Answer::Error(Errno::ENOENT)),
            ("/etc/magic", Answer::Error(Errno::ENOENT)),
            ("/etc/dev", Answer::Error(Errno::ENOENT)),
            ("/loop", Answer::Error(Errno::ELOOP)),
            ("/fifo", Answer::Error(Errno::EINVAL)),
            ("/etc", Answer::Error(Errno::EISDIR)),
            ("/large", Answer::Error(Errno::EFBIG)),
            ("/none", Answer::Error(Errno::ENOENT)),
        ] {
            assert_eq!(text(root, path), answer, "{path}");
        }
        for (path, kind, target) in [
            ("/", "directory", ""),
            ("/etc", "directory", ""),
            ("/etc/passwd", "link", "/other/passwd"),
            ("/etc/out", "link", "../../secret"),
            ("/other/passwd", "file", ""),
            ("/fifo", "special", ""),
            ("/none", "absent", ""),
            ("/other/passwd/below", "absent", ""),
        ] {
            assert_eq!(
                entry(root, path),
                Ok(RootfsEntry { kind: kind.to_owned(), target: target.to_owned() }),
                "{path}"
            );
        }
        assert_eq!(text("/nowhere/at/all", "/x"), Answer::Error(Errno::ENOENT));
    }
}
