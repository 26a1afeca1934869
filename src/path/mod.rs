//! Paths as text, the way Go's `path/filepath` reads them: no host is asked.

pub mod secure_join;
