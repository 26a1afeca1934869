//! Resolves a path below a root as if the root were `/`, from what is known of the links in it.

use alloc::string::String;
use alloc::vec::Vec;
use core::str::Split;

/// How many links may be followed in one path; one more is a loop.
const MAX_LINKS: usize = 255;

/// What stands at one path inside the root.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Link<'a> {
    /// Nothing, or a parent of it is not a directory (`ENOENT`, `ENOTDIR`): the name is taken literally.
    Absent,
    /// Something that is no symbolic link.
    NotLink,
    /// A symbolic link with this text.
    To(&'a str),
}

/// Why a path below a root could not be resolved; `E` is what the oracle says when it cannot answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError<E> {
    /// More than 255 links were met (`ELOOP`).
    #[error("too many levels of symbolic links")]
    Loop,
    /// What stands at a path could not be told.
    #[error("{0}")]
    Oracle(E),
}

/// Gives the absolute path, as seen inside the root, that `path` leads to once every link in it is followed.
///
/// `oracle` says what stands at an absolute path inside the root; it is asked once for each named element that is met. `..` above
/// the root is dropped, a link with an absolute text starts again at the root, and what does not exist is kept as written.
/// The root itself is `/`.
///
/// # Errors
///
/// [`JoinError::Loop`] when more than 255 links are met, [`JoinError::Oracle`] with the oracle's own error.
///
/// Source: `cyphar/filepath-securejoin` 0.2, `SecureJoinVFS`.
pub fn secure_join<'a, E>(
    path: &'a str,
    mut oracle: impl FnMut(&str) -> Result<Link<'a>, E>,
) -> Result<String, JoinError<E>> {
    // LP-SORT-04
    let mut reached = String::with_capacity(path.len().saturating_add(1));
    let mut expansions = 0_usize;
    // What is still to be walked: the last link's text first, then what followed the link.
    let mut ahead: Vec<Split<'a, char>> = alloc::vec![path.split('/')];
    while let Some(elements) = ahead.last_mut() {
        let Some(element) = elements.next() else {
            ahead.pop();
            continue;
        };
        match element {
            "" | "." => continue,
            ".." => {
                reached.truncate(reached.rfind('/').unwrap_or(0));
                continue;
            }
            _ => {}
        }
        let parent = reached.len();
        reached.push('/');
        reached.push_str(element);
        if let Link::To(target) = oracle(&reached).map_err(JoinError::Oracle)? {
            expansions = expansions.saturating_add(1);
            if expansions > MAX_LINKS {
                return Err(JoinError::Loop);
            }
            reached.truncate(if super::is_abs(target) { 0 } else { parent });
            ahead.push(target.split('/'));
        }
    }
    if reached.is_empty() {
        reached.push('/');
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::convert::Infallible;
    use std::collections::BTreeMap;
    use std::string::ToString;

    fn join(
        links: &[(&str, &'static str)],
        path: &'static str,
    ) -> Result<String, JoinError<Infallible>> {
        let links: BTreeMap<&str, &'static str> = links.iter().copied().collect();
        secure_join(path, |at| Ok(links.get(at).map_or(Link::NotLink, |&target| Link::To(target))))
    }

    #[test]
    fn links_are_followed_inside_of_the_root() {
        type Case = (&'static [(&'static str, &'static str)], &'static str, &'static str);
        let table: &[Case] = &[
            // The worked case of LP-SORT-03.
            (&[("/lnk", "/data")], "/lnk/x", "/data/x"),
            // No link: cleaned, scoped.
            (&[], "", "/"),
            (&[], "/", "/"),
            (&[], "/a/../../../b/", "/b"),
            (&[], "a//./b", "/a/b"),
            (&[], "../../etc/passwd", "/etc/passwd"),
            // Relative texts start where the link stands, `..` in them stops at the root.
            (&[("/a/l", "../../../../x")], "a/l/y", "/x/y"),
            (&[("/a/l", "b/c")], "a/l/y", "/a/b/c/y"),
            (&[("/a/l", ".")], "a/l/y", "/a/y"),
            (&[("/a/l", "")], "a/l/y", "/a/y"),
            // A link to a link, and an absolute text in the middle.
            (&[("/one", "two/in"), ("/two", "/three")], "one/x", "/three/in/x"),
            (&[("/d/l", "/")], "d/l/e", "/e"),
            (&[("/d/l", "/")], "d/l", "/"),
            // `..` after a link acts on what the link leads to.
            (&[("/l", "/a/b")], "l/../c", "/a/c"),
        ];
        for &(links, path, wanted) in table {
            assert_eq!(join(links, path).as_deref(), Ok(wanted), "{links:?} {path}");
        }
    }

    #[test]
    fn absent_names_are_literal_and_lexical() {
        let joined = secure_join("nope/../also/nope", |_| Ok::<_, Infallible>(Link::Absent));
        assert_eq!(joined.as_deref(), Ok("/also/nope"));
    }

    #[test]
    fn a_loop_ends_after_255_links() {
        assert_eq!(join(&[("/l", "l")], "l"), Err(JoinError::Loop));
        assert_eq!(join(&[("/a", "/b"), ("/b", "/a")], "/a/x"), Err(JoinError::Loop));
        // A chain of exactly so many links is still followed.
        let names: Vec<(String, String)> =
            (0..300).map(|at| (std::format!("/l{at}"), std::format!("l{}", at + 1))).collect();
        let follow = |start: &str, end: &str| {
            secure_join(start, |at| {
                let to = names
                    .iter()
                    .find(|(from, _)| from == at && at != end)
                    .map(|(_, to)| to.as_str());
                Ok::<_, Infallible>(to.map_or(Link::NotLink, Link::To))
            })
        };
        assert_eq!(follow("l0", "/l255").as_deref(), Ok("/l255"));
        assert_eq!(follow("l0", "/l256"), Err(JoinError::Loop));
        assert_eq!(JoinError::<Infallible>::Loop.to_string(), "too many levels of symbolic links");
    }

    #[test]
    fn what_the_oracle_cannot_answer_is_passed_on() {
        assert_eq!(
            secure_join("a/b", |at| if at == "/a" { Ok(Link::NotLink) } else { Err("EACCES") }),
            Err(JoinError::Oracle("EACCES"))
        );
    }
}
