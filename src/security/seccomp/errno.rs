//! Names the errors that a seccomp rule may answer with.

/// The names that Podman knows, sorted, with the kernel's numbers on every architecture but MIPS, Alpha, SPARC and PA-RISC.
///
/// Not all of Linux: a name that is missing here, such as `EINTR`, is refused by Podman too.
///
/// Source: containers/common `pkg/seccomp/errno_list.go`.
const BY_NAME: [(&str, u32); 82] = [
    ("E2BIG", 7),
    ("EACCES", 13),
    ("EADDRINUSE", 98),
    ("EADDRNOTAVAIL", 99),
    ("EAFNOSUPPORT", 97),
    ("EAGAIN", 11),
    ("EALREADY", 114),
    ("EBADF", 9),
    ("EBADMSG", 74),
    ("EBUSY", 16),
    ("ECANCELED", 125),
    ("ECHILD", 10),
    ("ECONNABORTED", 103),
    ("ECONNREFUSED", 111),
    ("ECONNRESET", 104),
    ("EDEADLK", 35),
    ("EDESTADDRREQ", 89),
    ("EDOM", 33),
    ("EDQUOT", 122),
    ("EEXIST", 17),
    ("EFAULT", 14),
    ("EFBIG", 27),
    ("EHOSTDOWN", 112),
    ("EHOSTUNREACH", 113),
    ("EIDRM", 43),
    ("EILSEQ", 84),
    ("EINPROGRESS", 115),
    ("EINVAL", 22),
    ("EIO", 5),
    ("EISCONN", 106),
    ("EISDIR", 21),
    ("ELOOP", 40),
    ("EMEDIUMTYPE", 124),
    ("EMFILE", 24),
    ("EMLINK", 31),
    ("EMSGSIZE", 90),
    ("ENAMETOOLONG", 36),
    ("ENETDOWN", 100),
    ("ENETRESET", 102),
    ("ENETUNREACH", 101),
    ("ENFILE", 23),
    ("ENOBUFS", 105),
    ("ENODEV", 19),
    ("ENOENT", 2),
    ("ENOEXEC", 8),
    ("ENOLCK", 37),
    ("ENOMEDIUM", 123),
    ("ENOMEM", 12),
    ("ENOMSG", 42),
    ("ENOPROTOOPT", 92),
    ("ENOSPC", 28),
    ("ENOSYS", 38),
    ("ENOTBLK", 15),
    ("ENOTCONN", 107),
    ("ENOTDIR", 20),
    ("ENOTEMPTY", 39),
    ("ENOTRECOVERABLE", 131),
    ("ENOTSOCK", 88),
    ("ENOTSUP", 95),
    ("ENOTTY", 25),
    ("ENXIO", 6),
    ("EOPNOTSUPP", 95),
    ("EOVERFLOW", 75),
    ("EOWNERDEAD", 130),
    ("EPERM", 1),
    ("EPFNOSUPPORT", 96),
    ("EPIPE", 32),
    ("EPROTONOSUPPORT", 93),
    ("EPROTOTYPE", 91),
    ("ERANGE", 34),
    ("EREMOTE", 66),
    ("EROFS", 30),
    ("ESHUTDOWN", 108),
    ("ESOCKTNOSUPPORT", 94),
    ("ESPIPE", 29),
    ("ESRCH", 3),
    ("ESTALE", 116),
    ("ETIMEDOUT", 110),
    ("ETOOMANYREFS", 109),
    ("ETXTBSY", 26),
    ("EUSERS", 87),
    ("EXDEV", 18),
];

/// Reads an error, by number or by name; `None` where it is neither.
pub(super) fn parse(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(number) = text.parse()
    {
        return Some(number);
    }
    let at = BY_NAME.binary_search_by(|(known, _)| (*known).cmp(text)).ok()?;
    BY_NAME.get(at).map(|&(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_by_name_and_number() {
        assert!(BY_NAME.is_sorted_by(|(one, _), (two, _)| one < two));
        for (text, wanted) in [
            ("EPERM", Some(1)),
            ("ENOSYS", Some(38)),
            ("EINVAL", Some(22)),
            ("ENOTSUP", Some(95)),
            ("EXDEV", Some(18)),
            ("0", Some(0)),
            ("038", Some(38)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("+1", None),
            ("-1", None),
            ("", None),
            ("eperm", None),
            ("EINTR", None),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }
}
