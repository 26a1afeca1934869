//! How to compile: the profile.

/// Whose semantics.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// Podman 4.3.1, bit for bit.
    Podman43,
    /// Podman 4.3.1 but for the entries of the ledger, each with a CVE or a reason.
    #[default]
    Hardened,
}

/// Options of a compilation.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// Whose semantics.
    pub profile: Profile,
}
