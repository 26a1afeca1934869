//! Has the kernel make this process the parent of its children's orphans, for a short time.

use rustix::process::{Pid, child_subreaper, getpid, set_child_subreaper};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many want it, and whether it was so before the first of them.
static WANTED: Mutex<(usize, Option<Pid>)> = Mutex::new((0, None));

/// Until it is dropped, this process gets the orphans of its children.
#[derive(Debug)]
pub(super) struct Subreaper(());

fn wanted() -> MutexGuard<'static, (usize, Option<Pid>)> {
    WANTED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Subreaper {
    pub(super) fn begin() -> io::Result<Self> {
        let mut wanted = wanted();
        if wanted.0 == 0 {
            wanted.1 = child_subreaper()?;
            set_child_subreaper(Some(getpid()))?;
        }
        wanted.0 = wanted.0.saturating_add(1);
        Ok(Subreaper(()))
    }
}

impl Drop for Subreaper {
    fn drop(&mut self) {
        let mut wanted = wanted();
        wanted.0 = wanted.0.saturating_sub(1);
        if wanted.0 == 0 {
            // The kernel knows no reason to refuse that.
            set_child_subreaper(wanted.1).unwrap_or(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_back_when_nobody_wants_it_any_more() {
        assert_eq!(child_subreaper().unwrap(), None);
        let (first, second) = (Subreaper::begin().unwrap(), Subreaper::begin().unwrap());
        drop(first);
        assert!(child_subreaper().unwrap().is_some());
        drop(second);
        assert_eq!(child_subreaper().unwrap(), None);
    }
}
