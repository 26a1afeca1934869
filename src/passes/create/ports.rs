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
    if matches!(mode, NsMode::Host | NsMode::Container | NsMode::Pod | NsMode::None)
        && !cx.config().portmappings().is_empty()
    {
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
    let requested: Vec<PortMapping<'a>> =
        cx.config().portmappings().iter().map(requested).collect();
    let publish = *cx.config().publish_image_ports();
    // SG-PORT-05: the host is asked for free ports only where one is needed.
    let mut free = None;
    let random = core::iter::from_fn(|| {
        free.get_or_insert_with(|| cx.facts().free_ports().iter().copied()).next()
    });
    match mappings(&requested, publish.then_some(&mut open), random) {
        Ok(made) => {
            draft.container.ports.set(cx, Rule::SgPort06, || made.iter().map(stored).collect());
        }
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
    let protocol = Protocol::ALL
        .into_iter()
        .map(Protocol::name)
        .find(|name| *name == made.protocol)
        .unwrap_or_default();
    PortMapping {
        host_ip: if made.host_ip.is_empty() {
            Cow::Borrowed("")
        } else {
            Cow::Owned(made.host_ip.clone().into_owned())
        },
        protocol: Cow::Borrowed(protocol),
        ..*made
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, made, refusal};
    use super::*;
    use crate::facts::{Facts, ImageNothing};
    use std::string::ToString;

    /// Address, container port, host port, range, protocol.
    type Told = (String, u16, u16, u16, String);

    fn ports(request: &str, facts: &Facts) -> Vec<Told> {
        made(request, facts, |draft| {
            assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
            let ports = draft.container.ports.value().map_or(&[][..], Vec::as_slice);
            ports
                .iter()
                .map(|p| {
                    (
                        p.host_ip.to_string(),
                        p.container_port,
                        p.host_port,
                        p.range,
                        p.protocol.to_string(),
                    )
                })
                .collect()
        })
    }

    fn port(host_ip: &str, container: u16, host: u16, range: u16, protocol: &str) -> Told {
        (host_ip.into(), container, host, range, protocol.into())
    }

    #[test]
    fn ports_are_published() {
        let mut facts = facts();
        let two = r#"{"portmappings":[{"container_port":80,"host_port":8080},{"container_port":81,"host_port":8081,"host_ip":""}]}"#;
        assert_eq!(ports(two, &facts), [port("", 80, 8080, 2, "tcp")]); // E-77
        let ip = r#"{"portmappings":[{"container_port":53,"host_port":53,"host_ip":"127.0.0.1","protocol":"udp"}]}"#;
        assert_eq!(ports(ip, &facts), [port("127.0.0.1", 53, 53, 1, "udp")]);
        // SG-PORT-05: the host is asked where a port is open.
        facts.host.free_ports = Some([40000, 40001, 40002].into());
        assert_eq!(
            ports(r#"{"portmappings":[{"container_port":80}]}"#, &facts),
            [port("", 80, 40000, 1, "tcp")]
        );
        // SG-PORT-08
        let image = &mut facts.image.as_mut().unwrap().config;
        image.exposed_ports =
            [("80/tcp".to_string(), ImageNothing), ("53/udp".to_string(), ImageNothing)].into();
        let all = r#"{"publish_image_ports":true,"expose":{"90":"tcp"}}"#;
        let wanted = [
            port("", 53, 40000, 1, "udp"),
            port("", 80, 40001, 1, "tcp"),
            port("", 90, 40002, 1, "tcp"),
        ];
        assert_eq!(ports(all, &facts), wanted);
        assert_eq!(ports("{}", &facts), []);
    }

    #[test]
    fn ports_without_networks_are_dropped() {
        // SG-PORT-01
        let facts = facts();
        for (mode, warned) in [("host", true), ("none", true), ("bridge", false)] {
            let request = std::format!(
                r#"{{"netns":{{"nsmode":"{mode}"}},"portmappings":[{{"container_port":80,"host_port":80}}]}}"#
            );
            made(&request, &facts, |draft| {
                let said = draft
                    .warnings
                    .iter()
                    .any(|warning| warning.kind == WarningKind::PortsDiscarded);
                assert_eq!(
                    (said, draft.container.ports.value().is_none()),
                    (warned, warned),
                    "{mode}"
                );
            });
        }
    }

    #[test]
    fn bad_ports_are_refused() {
        let facts = facts();
        for (request, wanted) in [
            (
                r#"{"portmappings":[{"container_port":0,"host_port":1}]}"#,
                "container port number must be non-0",
            ),
            (
                r#"{"portmappings":[{"container_port":80,"host_port":8080,"range":3},{"container_port":85,"host_port":8081}]}"#,
                "conflicting port mappings for host port 8081 (protocol tcp)",
            ), // E-77
            (r#"{"expose":{"0":"tcp"}}"#, "cannot expose 0 as it is not a valid port number"),
        ] {
            assert_eq!(refusal(request, &facts), wanted, "{request}");
        }
    }
}
