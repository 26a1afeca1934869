//! Lends out the rooms of plain functions that the compiler is made of, each of which knows one thing.
//!
//! They are pure as the rest of the core is, and fuzzed one by one. Another runtime or engine may use them alone. They follow the
//! compiler's needs: **what is in here may change with any minor version**, which the rest of the crate does not.
//!
//! ```
//! use ocify::parts::{idmap, path, security::caps::CapSet};
//!
//! assert_eq!(path::clean("/srv//www/../db/"), "/srv/db");
//! let net = CapSet::named("CAP_NET_RAW").unwrap();
//! assert_eq!(net.iter().collect::<Vec<_>>(), ["CAP_NET_RAW"]);
//! # let _ = idmap::split;
//! ```

/// Devices: how a request names them.
pub mod device {
    pub use crate::device::*;
}

/// Environment variables: how entries are read and expanded.
pub mod env {
    pub use crate::env::*;
}

/// The text of the files the engine makes for a container.
pub mod files {
    pub use crate::files::*;
}

/// OCI hooks of the host's directories: read, and matched against a container.
pub mod hook {
    pub use crate::hook::*;
}

/// ID mappings: split over the ranges a process has, translated, made for a rootless user, read from text.
///
/// Podman counts ids in 32 bits and lets them wrap; so does this.
pub mod idmap {
    pub use crate::idmap::*;
}

/// Mounts: option rules, overlays, volume strings.
pub mod mount {
    pub use crate::mount::*;
}

/// slirp4netns, published ports, addresses, and what networks give.
pub mod network {
    pub use crate::network::*;
}

/// Reads paths as text, the way Go's `path/filepath` does: no host is asked.
pub mod path {
    pub use crate::path::*;
}

/// Quotes text in messages the way Go's `%q` does, so that a refusal reads as Podman's.
pub mod quote {
    pub use crate::quote::*;
}

/// Capabilities, seccomp, masked paths.
pub mod security {
    pub use crate::security::*;
}

/// Users and groups of the image: looked up, and added.
pub mod user {
    pub use crate::user::*;
}
