//! Published and exposed ports (PORT).

use super::image;
use crate::draft::{Draft, NetMode, NsMode};
use crate::network::expose::{Exposed, Protocol, exposed};
use crate::network::ports::{PortMapping, mappings};
use crate::problem::{Problem, WarningKind};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String, vec::Vec};

/// SG-PORT-01: ports of a container without networks of its own are dropped; said of what was asked for, not of defaults.
pub(super) fn warn<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mode = NsMode::of(&cx.config().netns().nsmode);
    if matches!(mode, NsMode::Host | NsMode::Container | NsMode::Pod | NsMode::None) && !cx.config().portmappings().is_empty() {
        draft.warn(cx, Rule::SgPort01, WarningKind::PortsDiscarded);
    }
}

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // SG-PORT-01
    if draft.container.net_mode.see(cx).is_none_or(|mode| *mode == NetMode::Unset) {
        return;
    }
    // SG-PORT-07: exposed ports are read, and refused, whether they are published or not.
    let mut open = match exposed_ports(cx, draft) {
        Ok(open) => open,
        Err(problem) => return draft.refuse(cx, Rule::SgPort07, problem),
    };
    let requested: Vec<PortMapping<'a>> = cx.config().portmappings().iter().map(requested).collect();
    let publish = *cx.config().publish_image_ports();
    // SG-PORT-05: the host is asked for free ports only where one is needed.
    let mut free = None;
    let random = core::iter::from_fn(|| free.get_or_insert_with(|| cx.facts().free_ports().iter().copied()).next());
    match mappings(&requested, publish.then_some(&mut open), random) {
        Ok(made) => draft.container.ports.set(cx, Rule::SgPort06, || made.iter().map(stored).collect()),
        Err(error) => draft.refuse(cx, Rule::SgPort02, Problem::Ports { error }),
    }
}

/// SG-PORT-07: the ports that the image and the request expose.
fn exposed_ports(cx: &Cx<'_>, draft: &Draft<'_>) -> Result<Exposed, Problem> {
    let mut of_request = Vec::new();
    for (port, protocols) in cx.config().expose() {
        match port.parse() {
            Ok(number) => of_request.push((number, protocols.as_str())),
            Err(_) => return Err(Problem::ExposedPort { text: port.clone() }),
        }
    }
    // SG-IMG-01
    let of_image = if image::is_used(cx, draft) { cx.facts().image_exposed_ports() } else { None };
    let of_image = of_image.into_iter().flat_map(|ports| ports.keys()).map(String::as_str);
    exposed(of_image, of_request).map_err(|error| Problem::ExposedPorts { error })
}

fn requested(given: &crate::config::PortMapping) -> PortMapping<'_> {
    PortMapping {
        host_ip: Cow::Borrowed(&given.host_ip),
        container_port: given.container_port,
        host_port: given.host_port,
        range: given.range,
        protocol: Cow::Borrowed(&given.protocol),
    }
}

/// The mapping on its own, apart from the list that it was made of.
fn stored<'a>(made: &PortMapping<'_>) -> PortMapping<'a> {
    let protocol = Protocol::ALL.into_iter().map(Protocol::name).find(|name| *name == made.protocol).unwrap_or_default();
    PortMapping {
        host_ip: if made.host_ip.is_empty() { Cow::Borrowed("") } else { Cow::Owned(made.host_ip.clone().into_owned()) },
        protocol: Cow::Borrowed(protocol),
        ..*made
    }
}
