//! Starts pasta for a namespace, and tells which addresses it has there (HD-NET-01).

use super::netns;
use crate::facts::{InterfaceAddress, NetworkOutcome, NetworkStatus};
use crate::linux::apply::failed::{Attempt, Failed};
use crate::linux::apply::programs;
use crate::linux::netlink;
use std::borrow::{Cow, ToOwned as _};
use std::format;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::string::String;

/// What its addresses are called among those of networks.
const NAME: &str = "pasta";

/// Starts it: it ends, and goes on as another process, when it is ready.
pub(crate) fn start(
    argv: &[Cow<'_, str>],
    namespace: &Path,
    dns: &[Cow<'_, str>],
) -> Result<NetworkStatus, Failed> {
    let program = argv.first().map_or_else(PathBuf::new, |word| PathBuf::from(&**word));
    let mut command = Command::new(&program);
    command.args(argv.iter().skip(1).map(|word| &**word));
    programs::run(&mut command, Attempt::Network, &program)?;
    let found = netns::within(namespace, netlink::reachable)
        .map_err(Failed::at(Attempt::Look, namespace))?;
    let mut outcome = NetworkOutcome {
        dns_server_ips: dns.iter().map(|server| server.clone().into_owned()).collect(),
        ..NetworkOutcome::default()
    };
    for (name, address, prefix) in found {
        let interface = outcome.interfaces.entry(name).or_default();
        let ipnet = format!("{address}/{prefix}");
        interface.subnets.push(InterfaceAddress { ipnet, gateway: String::new() });
    }
    Ok(NetworkStatus { networks: [(NAME.to_owned(), outcome)].into() })
}
