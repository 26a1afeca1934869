//! Tells a device's qualified name from a path.

/// A device's name in three parts: `vendor/class=name`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QualifiedName<'a> {
    /// A domain, as a rule.
    pub vendor: &'a str,
    /// The kind of device.
    pub class: &'a str,
    /// The device.
    pub name: &'a str,
}

/// A vendor or class of one letter, which ends Podman's request in a crash of Go's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("runtime error: slice bounds out of range [1:0]")]
pub struct TooShort;

/// Reads a qualified name; `None` where the text is none, so that it means a device node.
///
/// # Errors
///
/// [`TooShort`]: `a/class=name` or `vendor/b=name`.
///
/// Source: CDI `pkg/cdi/qualified-device.go`, `ParseQualifiedName`.
pub fn qualified(device: &str) -> Result<Option<QualifiedName<'_>>, TooShort> {
    // SG-DEV-09
    let parts = device
        .split_once('=')
        .and_then(|(kind, name)| kind.split_once('/').map(|(vendor, class)| (vendor, class, name)));
    let Some((vendor, class, name)) = parts else {
        return Ok(None);
    };
    // the second part is not reached where the first is wrong.
    let valid = is_vendor(vendor)? && is_class(class)? && is_name(name);
    Ok(valid.then_some(QualifiedName { vendor, class, name }))
}

/// Says whether a vendor is well-formed.
pub(super) fn is_vendor(vendor: &str) -> Result<bool, TooShort> {
    is_word(vendor, b"_-.")
}

/// Says whether a class is well-formed.
pub(super) fn is_class(class: &str) -> Result<bool, TooShort> {
    is_word(class, b"_-")
}

/// Says whether a device's own name is well-formed.
pub(super) fn is_name(name: &str) -> bool {
    match name.as_bytes() {
        [only] => only.is_ascii_alphanumeric(),
        [first, inside @ .., last] => {
            first.is_ascii_alphanumeric()
                && last.is_ascii_alphanumeric()
                && are_inside(inside, b"_-.:")
        }
        [] => false,
    }
}

/// Says whether a text starts with a letter, ends with a letter or digit, and has only these and `marks` inside.
fn is_word(text: &str, marks: &[u8]) -> Result<bool, TooShort> {
    match text.as_bytes() {
        [only] if only.is_ascii_alphabetic() => Err(TooShort),
        [first, inside @ .., last] => Ok(first.is_ascii_alphabetic()
            && last.is_ascii_alphanumeric()
            && are_inside(inside, marks)),
        _ => Ok(false),
    }
}

/// Says whether all letters may stand inside of a part of a name.
fn are_inside(letters: &[u8], marks: &[u8]) -> bool {
    letters.iter().all(|letter| letter.is_ascii_alphanumeric() || marks.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn qualified_names_are_told_from_paths() {
        let yes = [
            "vendor.com/class=dev",
            "vendor.example/dev=one",
            "v1/c2=0",
            "a-b_c.d/e-f_g=h.i:j",
            "VE/CL=x",
        ]; // E-44
        for name in yes {
            assert!(matches!(qualified(name), Ok(Some(_))), "{name}");
        }
        let no = [
            "",
            "/dev/null",
            "/dev/a=b",
            "vendor.com/class",
            "vendor.com=dev",
            "vendor.com/class=",
            "/class=dev",
            "vendor.com/=dev",
            "1v/class=dev",
            "v-/class=dev",
            "v!x/class=dev",
            "vendor/cl.ass=dev",
            "vendor/1class=dev",
            "vendor/class-=dev",
            "vendor/class=-dev",
            "vendor/class=dev-",
            "vendor/class=d=v",
            "vendor/cl/ass=dev",
            "vendor/class=\u{e9}",
            "1/class=dev",
            "vendor/1=dev",
            "v!x/c=dev",
        ];
        for name in no {
            assert_eq!(qualified(name), Ok(None), "{name}");
        }
        for name in ["a/class=dev", "vendor/c=dev", "a/!=-", "ab/c=-"] {
            assert_eq!(
                qualified(name).unwrap_err().to_string(),
                "runtime error: slice bounds out of range [1:0]",
                "{name}"
            );
        }
        assert_eq!(qualified("ven.dor/class=n=1"), Ok(None));
        assert_eq!(
            qualified("ven.dor/class=n:1"),
            Ok(Some(QualifiedName { vendor: "ven.dor", class: "class", name: "n:1" }))
        );
    }
}
