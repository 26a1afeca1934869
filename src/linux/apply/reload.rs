//! Sets the networks of a container up again, as after somebody has flushed the firewall (LP-NET-14, LP-NET-21).

use super::back::Back;
use super::failed::Failed;
use super::network::netavark::Netavark;
use super::state::{Lock, State, StateError};
use std::borrow::ToOwned as _;
use std::path::{Path, PathBuf};
use std::string::String;

/// Networks that were not set up again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// There is no container in a directory.
    #[error("{} holds no prepared container", directory.display())]
    NotPrepared {
        /// The directory.
        directory: PathBuf,
    },
    /// Its state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// It has no network namespace of its own.
    #[error(
        "container {id} has no network of its own: cannot reload network: container state improper"
    )]
    NoNetwork {
        /// Its id.
        id: String,
    },
    /// It has a network, but no bridge.
    #[error(
        "container {id}: only bridge networks are set up again: cannot reload network for container using another mode"
    )]
    NotBridge {
        /// Its id.
        id: String,
    },
    /// They were taken down, and could not be set up again. What is written down of them stays.
    #[error("setting the networks up again")]
    SetUp(#[source] Failed),
    /// They were set up, and what they gave could not be written down.
    #[error("writing the state down")]
    Save(#[source] Failed),
}

/// Takes the networks of a prepared or running container down and sets them up again: it keeps its addresses. What could not be taken down,
/// as when the rules are gone already, is given; it is no failure.
///
/// # Errors
///
/// [`ReloadError`] where there is no such container, it has no network namespace or bridge of its own, or what was taken down could not be set
/// up again.
pub fn reload_network(directory: &Path) -> Result<Option<Failed>, ReloadError> {
    let host = |failed| ReloadError::State(StateError::Host(failed));
    let none = || ReloadError::NotPrepared { directory: directory.to_owned() };
    if !directory.is_dir() {
        return Err(none());
    }
    // Whoever runs it does not hold this one.
    let lock = Lock::wait_for(directory).map_err(host)?;
    let mut state = State::load(directory)?.filter(|state| state.prepared).ok_or_else(none)?;
    let by = netavark(&state)?.clone();
    let (down, status) = by.reload(&state.network_status.clone().unwrap_or_default());
    state.network_status = Some(status.map_err(ReloadError::SetUp)?);
    state.save(directory).map_err(ReloadError::Save)?;
    drop(lock);
    Ok(down)
}

/// Who has set the networks up.
fn netavark(state: &State) -> Result<&Netavark, ReloadError> {
    let backs = || state.steps.iter().flat_map(|step| &step.back);
    let by = backs().find_map(|back| match back {
        Back::TearDownNetwork { by } => Some(by),
        _ => None,
    });
    let id = || state.id.clone();
    by.ok_or_else(|| {
        if backs().any(|back| matches!(back, Back::EndProgram { .. })) {
            ReloadError::NotBridge { id: id() }
        } else {
            ReloadError::NoNetwork { id: id() }
        }
    })
}
