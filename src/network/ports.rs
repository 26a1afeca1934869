//! stub
use alloc::borrow::Cow;
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PortMapping<'a> { pub host_ip: Cow<'a, str>, pub container_port: u16, pub host_port: u16, pub range: u16, pub protocol: Cow<'a, str> }
