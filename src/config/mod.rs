//! What is given: the create request, as it was written, typed.
//!
//! [`Config`] has every field of Podman 4.3's create body, under its JSON name, and next to them the few short fields that people write by
//! hand (`memory`, `cpus`, `pids`). It is plain data: read from text by [`parse`], or built in Rust with `Config { .., ..Config::default() }`.

pub mod conf;
mod decoded;
mod kinds;
mod layers;
mod locate;
mod parse;
mod request;
mod resources;
mod short;

pub use kinds::{
    Bytes, Cpus, DeviceText, Namespace, NamespaceForm, Nanoseconds, Pairs, Seconds, SystemdWord,
};
pub use layers::{Layer, LayerError, Layered, parse_layers};
pub use locate::locate;
pub use parse::{Format, ParseError, Parsing, parse, parse_as};
pub use request::{
    AutoUserNs, Config, DeviceCgroupRule, Expose, Field, Health, IdMapping, IdMappings,
    ImageVolume, Log, Mount, NamedVolume, NetworkAttachment, OverlayVolume, Personality,
    PortMapping, Rlimit, Secret, ThrottleDevice, WeightDevice,
};
pub use resources::{
    BlockIo, Cpu, DeviceRule, HugepageLimit, Memory, Network, NetworkPriority, Pids, Rdma,
    Resources, Throttle, Weight,
};
