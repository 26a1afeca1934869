//! A declarative OCI spec compiler: what a container should be, plus a record of what the host is, become an OCI runtime spec, a plan of
//! host effects, and the reason for every field. Semantics: Podman 4.3.1.
//!
//! ```text
//! text ─parse──► Config ──────────► passes: CREATE, START ──► Draft ──► Compiled { spec, plan, places, warnings }
//!                  │ questions          ▲                                  │        │       │
//!                  ▼                    │                             config.json   │   why is it so?
//!                linux::gather ──────► Facts (or a recorded facts.json)             ▼
//!                                                                              linux::apply
//! ```
//!
//! The core is a function of texts and plain data: no files, no clock, no environment. So a spec can be compiled on any machine for any
//! recorded host, tested by snapshots, fuzzed, and asked why. What touches a host stands in [`linux`](crate#features), behind a feature.
//!
//! # The tour
//!
//! Every example below runs as a test. Two hosts that were recorded (`ocify facts`) stand in for yours: `laptop`, a rootless engine on
//! cgroup v2, and `server`, one of root on cgroup v1.
//!
//! ## Text becomes a config
//!
//! [`parse`] reads YAML and JSON: Podman's create request under its own names, with short forms of what people write by hand. All mistakes
//! come at once, each with its path; [`config::locate`] finds line and column. A program builds a [`Config`] without any text.
//!
//! ```
//! use ocify::{Config, parse};
//!
//! let config = parse("rootfs: /srv\ncommand: [sleep, '10']\nvolumes: ['/etc:/www:ro']\nmemory: 64m\n")?;
//! assert_eq!(config.mounts[0].destination, "/www");
//!
//! let built = Config { rootfs: "/srv".into(), command: Some(vec!["sleep".into()]), ..Config::default() };
//! assert_eq!(built.rootfs, config.rootfs);
//!
//! let wrong = parse("rootfs: /srv\ncomand: [sleep]\n").unwrap_err();
//! assert_eq!(wrong.to_string(), "comand: unknown field `comand`, did you mean `command`?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## A config asks for facts
//!
//! [`questions()`] says what shows in the config alone; `linux::gather` answers it, with all that the answers raise. A record is JSON and
//! compiles anywhere ([`facts::facts_from_json`]). A fact that is missing is never guessed: the refusal names it.
//!
//! ```
//! # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
//! let config = ocify::parse("rootfs: /srv\ncommand: [sleep, '10']\nnetns: none\nvolumes: ['/etc:/www:ro']\n")?;
//! let asked: Vec<String> = ocify::questions(&config)?.asked.iter().map(ToString::to_string).collect();
//! assert!(asked.contains(&"paths[/etc]".to_owned()));
//!
//! let laptop = ocify::facts::facts_from_json(recorded)?; // or ocify::linux::gather(&ocify::questions(&config)?)?
//! assert_eq!(laptop.host.cgroup_unified, Some(ocify::facts::Answer::Is(true)));
//!
//! let refused = ocify::compile(&config, &ocify::Facts::default(), &ocify::Options::default()).unwrap_err();
//! assert!(refused.wants_facts() && refused.missing.iter().any(|fact| fact.to_string() == "host.rootless"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Both compile to a spec
//!
//! [`compile()`] gives a [`Compiled`], or a [`Refused`] with every refusal, Podman's own first. [`Compiled::to_json`] is canonical: same
//! inputs, same bytes. [`Compiled::to_spec`] is for callers who work on with [`oci_spec`].
//!
//! ```
//! # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
//! # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
//! let (config, laptop) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
//! let web = ocify::compile(&config, &laptop, &ocify::Options::default())?;
//! assert!(web.to_json().starts_with(br#"{"ociVersion":"1.0.2-dev""#));
//! assert_eq!(web.to_spec()?.process().as_ref().unwrap().cwd().to_str(), Some("/"));
//! assert!(web.warnings().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## The plan is what has to happen on the host
//!
//! A [`plan`] is data: every effect in order, with all its values, its way back and its reason. Carrying it out decides nothing.
//!
//! ```
//! # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
//! # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
//! # let (config, laptop) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
//! use ocify::plan::{Effect, Undo};
//!
//! let web = ocify::compile(&config, &laptop, &ocify::Options::default())?;
//! let shm = web.plan.iter().find(|step| step.effect.word() == "mount_shm").unwrap();
//! assert!(matches!(&shm.effect, Effect::MountShm { data, .. } if data == "mode=1777,size=65536000"));
//! assert!(matches!(shm.undo(), Undo::Unmount { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Everything has a reason
//!
//! [`Compiled::places`] lists what was decided, what is absent and why as well; a [`why::Teller`] says the reason in words: the rules
//! ([`rules`]), the fields of the config, the facts.
//!
//! ```
//! # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
//! # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
//! # let (config, laptop) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
//! let web = ocify::compile(&config, &laptop, &ocify::Options::default())?;
//! let places = web.places();
//! let www = places.iter().find(|place| place.name == "mounts[/www]").unwrap();
//! assert_eq!(www.value, "bind /etc (ro,rprivate,rbind)");
//!
//! let why = ocify::why::Teller::new(web.trails(), &config, &laptop).told(www.because);
//! assert!(why.iter().any(|cause| cause.kind == "rule" && cause.name == "SG-OPT-03"));
//! assert!(why.iter().any(|cause| cause.kind == "config" && cause.name == "mounts[1]"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## What is it elsewhere, and is it sound?
//!
//! [`compare`] names what differs between two hosts or two configs, and the fact or line to blame. [`check`] holds a spec, whoever made it,
//! against OCI's text, against what is known to go wrong, and against what a runtime says it can do.
//!
//! ```
//! # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
//! # let laptop = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
//! # let server = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/server.json"));
//! # let (laptop, server) = (ocify::facts::facts_from_json(laptop)?, ocify::facts::facts_from_json(server)?);
//! # let config = ocify::parse(text)?;
//! use ocify::compare::{Scope, Side, compare, of_one_container};
//!
//! let options = ocify::Options::default();
//! let (laptop, server) = (of_one_container(&config, &laptop)?, of_one_container(&config, &server)?);
//! let (a, b) = (Side::new(&config, &laptop, &options), Side::new(&config, &server, &options));
//! let differences = compare(&a, &b, Scope::default());
//! let namespace = differences.iter().find(|d| d.place == "linux.namespaces[cgroup]").unwrap();
//! assert_eq!(namespace.blame[0].input.to_string(), "host.cgroup_unified");
//!
//! let json = a.outcome.as_ref().unwrap().to_json();
//! let spec = ocify::text::json(std::str::from_utf8(&json)?)?;
//! assert!(ocify::check::spec(&spec).is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## The plan is carried out
//!
//! `linux::apply` performs the steps through one trait, `linux::apply::Host`: this host, or one that stands before it, as here one that only
//! writes down what it is asked for. `linux::prepare`, `linux::start`, `linux::cleanup` and `linux::run` do what the program does.
//!
#![cfg_attr(feature = "linux", doc = "```")]
#![cfg_attr(not(feature = "linux"), doc = "```ignore")]
//! # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
//! # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
//! # let (config, laptop) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
//! # let base = std::env::temp_dir().join(format!("ocify-tour-{}", std::process::id()));
//! # let directory = base.join("web");
//! use ocify::linux::apply::{Back, Failed, Host, Outcome, State};
//! use ocify::plan::Effect;
//! use std::sync::Mutex;
//!
//! struct Notes<'n>(&'n Mutex<Vec<&'static str>>);
//!
//! impl Host for Notes<'_> {
//!     fn foresee(&self, _: &Effect<'_>) -> Result<Vec<Back>, Failed> {
//!         Ok(Vec::new())
//!     }
//!     fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
//!         self.0.lock().unwrap().push(effect.word());
//!         Ok(None)
//!     }
//!     fn take_back(&self, _: &Back) -> Result<(), Failed> {
//!         Ok(())
//!     }
//!     fn save(&self, _: &State) -> Result<(), Failed> {
//!         Ok(())
//!     }
//! }
//!
//! let web = ocify::compile(&config, &laptop, &ocify::Options::default())?;
//! let notes = Mutex::new(Vec::new());
//! ocify::linux::apply_on(&web.plan, &directory, |_this_host| Notes(&notes))?;
//! let notes = notes.into_inner()?;
//! assert!(web.plan.iter().all(|step| notes.contains(&step.effect.word())));
//! # std::fs::remove_dir_all(&base)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `linux` | yes | `ocify::linux`: facts of this host, plans carried out on it. Uses `std`. |
//! | `cli` | yes | the program `ocify`; nothing for the library. |
//!
//! Without them the core alone is built, `no_std` and `alloc`, on any platform that Rust knows. Rust 1.88 or newer.
//!
//! # What may change
//!
//! The crate follows semantic versions. Enums that grow with Podman, with the kernel or with what is checked are `#[non_exhaustive]`: refusals,
//! warnings, findings, effects, rules, errors of this crate. [`Config`], [`Facts`] and all that they are made of are plain data that callers
//! build: they get new fields in minor versions, so build them with `..Default::default()`. A rule, once named, keeps its id; a code its meaning.
//! Facts records of an older minor format are read ([`facts::FORMAT_VERSION`]). What stands in [`parts`] may change more freely.
//!
//! Types of other crates that are part of this face: `oci_spec::runtime::Spec` ([`Compiled::to_spec`]), `serde_json::Error` and
//! `serde_json::Value` ([`compare`]), `schemars::Schema` ([`schema::schema`]), `rustix::io::Errno` (`linux::apply::Failed`), and the traits of
//! serde and `schemars` on what is read and written. A new major version of one of them is a new minor version of this crate before 1.0.
//!
//! # The rooms
//!
//! In the order in which data flows: [`text`] (YAML and JSON into typed records), [`config`] (what is given), [`facts`] (what the host is),
//! [`questions`](mod@questions) (which facts a config needs), `passes` (two lists of functions, in Podman's order), `draft` (the spec under
//! construction), [`plan`] (what is to happen on the host), `emit` (the bytes), [`why`] (the reasons), [`compare`] (what differs), [`check`]
//! (what is wrong with a spec). [`rules`] names every rule that decides something, [`problem`] every refusal, [`ledger`] every departure from
//! Podman. Between them stand rooms of plain functions that know one thing each: [`parts`].
//!
//! **Invariant:** the core has no clock, no files, no environment; what it needs to know is in [`Facts`]. It is built without `std`
//! (`cargo check --lib --no-default-features`).
//!
//! **Invariant:** a place in the spec is opened in one line of `emit`, and nowhere else.
//!
//! **Invariant:** an effect is decided here and carried out elsewhere; the core never learns how it went.
//!
//! **Invariant:** a pass reads only through its context, so that what it decides knows why.
#![no_std]
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::large_stack_arrays,
        clippy::type_complexity,
        reason = "tables of cases, read by nobody but the tests"
    )
)]

/// The README's Rust is compiled as well.
#[cfg(all(doctest, feature = "linux"))]
#[doc = include_str!("../README.md")]
pub mod readme {}

extern crate alloc;
#[cfg(any(test, feature = "linux", feature = "cli"))]
extern crate std;

#[macro_use]
pub mod text;
pub mod batch;
mod bytes;
pub mod check;
pub mod compare;
mod compile;
pub mod config;
mod device;
pub mod digest;
mod draft;
mod emit;
mod env;
pub mod facts;
mod files;
mod hook;
mod idmap;
pub mod ledger;
#[cfg(feature = "linux")]
pub mod linux;
mod mount;
mod network;
pub mod options;
pub mod parts;
mod passes;
mod path;
pub mod plan;
pub mod problem;
pub mod provenance;
pub mod questions;
mod quote;
pub mod rules;
pub mod schema;
mod security;
mod user;
pub mod why;

pub use compile::{Compiled, Refused, compile};
pub use config::{Config, parse};
pub use facts::Facts;
pub use options::{Options, Profile};
pub use questions::questions;
