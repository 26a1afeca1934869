//! Why: every place of a result, with the rule, the config's field and the facts that made it so.

use crate::compile::compiled_in;
use crate::config::Field;
use crate::emit;
use crate::facts::{FactKey, Facts};
use crate::provenance::{Because, Cause, Cx, LENGTH, Trails, WHOLE};
use crate::rules::Rule;
use crate::{Compiled, Config, Options, Refused};
use alloc::{format, string::String, string::ToString, vec::Vec};

/// What kind of thing a place is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PlaceKind {
    /// Part of the spec.
    #[default]
    Spec,
    /// Not there, with a reason.
    Absent,
    /// Part of the stored configuration.
    Stored,
    /// A step of the plan.
    Plan,
    /// A warning.
    Warning,
}

/// One decided thing.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name, such as `mounts[/run]` or `process.env[PATH]`.
    pub name: String,
    /// Its value, for reading.
    pub value: String,
    /// What kind of thing it is.
    pub kind: PlaceKind,
    /// Why it is so.
    pub because: Because,
}

/// A cause in words.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Told {
    /// `rule`, `config` or `fact`.
    pub kind: &'static str,
    /// The rule's id, the field's path in the config, or the fact's place in the record.
    pub name: String,
    /// The rule in words, or the value.
    pub text: String,
}

/// As [`compile`](crate::compile()), and keeps the values that are replaced on the way, for whoever reads reasons. It takes a little longer.
///
/// # Errors
///
/// The same.
pub fn compile_keeping<'a>(
    config: &'a Config,
    facts: &'a Facts,
    options: &Options,
) -> Result<Compiled<'a>, Refused> {
    compiled_in(Cx::keeping(config, facts, options.profile), config, facts, *options)
}

impl Compiled<'_> {
    /// Every place of the result, with its reason: spec, absent things, stored configuration, plan, warnings.
    ///
    /// # Examples
    ///
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
    /// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
    /// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
    /// # let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
    /// let places = compiled.places();
    /// let tmp = places.iter().find(|place| place.name == "mounts[/tmp]").unwrap();
    /// assert!(tmp.value.starts_with("tmpfs "), "{}", tmp.value);
    ///
    /// // What is not there has its reason as well.
    /// use ocify::why::PlaceKind;
    /// assert!(places.iter().any(|place| place.kind == PlaceKind::Absent && place.name.contains("resolv.conf")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn places(&self) -> Vec<Place> {
        emit::places(&self.plan.draft)
    }

    /// What stood in a place before, newest first: why it stood there, and its value, where [`compile_keeping`] has kept it.
    pub fn replaced(&self, because: Because) -> Vec<(Because, Option<&str>)> {
        let value = |node: u32| self.kept.get(&node).map(String::as_str);
        let all = self.trails.replaced_at(because).into_iter();
        all.map(|(node, before)| (before, value(node))).collect()
    }
}

/// The field's path in the config's text, such as `mounts[2]`; for a map the entry's key.
pub fn config_path(config: &Config, field: Field, element: u32) -> String {
    let key = field.key();
    if element == WHOLE || element == LENGTH {
        return key.into();
    }
    let at = usize::try_from(element).unwrap_or(usize::MAX);
    let named = match field {
        Field::Env => config.env.keys().nth(at),
        Field::Labels => config.labels.keys().nth(at),
        Field::Annotations => config.annotations.keys().nth(at),
        Field::Sysctl => config.sysctl.keys().nth(at),
        Field::SecretEnv => config.secret_env.keys().nth(at),
        Field::Networks => config.networks.keys().nth(at),
        Field::Expose => config.expose.keys().nth(at),
        _ => None,
    };
    match named {
        Some(name) => format!("{key}.{name}"),
        None => format!("{key}[{element}]"),
    }
}

/// The fact's place in the record, such as `paths[/srv/db]`.
pub fn fact_path(facts: &Facts, key: FactKey, element: u32) -> String {
    let name = match key {
        FactKey::RootfsPath => facts.rootfs.paths.key(element),
        FactKey::Path => facts.paths.key(element),
        FactKey::File => facts.files.key(element),
        FactKey::Seccomp => facts.seccomp.key(element),
        FactKey::Container => facts.containers.key(element),
        FactKey::Pod => facts.pods.key(element),
        FactKey::Volume => facts.volumes.key(element),
        FactKey::Secret => facts.secrets.key(element),
        FactKey::Network => facts.networks.key(element),
        FactKey::ImageMount => facts.images.key(element),
        FactKey::HostUser => facts.host_users.key(element),
        FactKey::HostGroup => facts.host_groups.key(element),
        _ => None,
    };
    match name {
        Some(name) => format!("{}[{name}]", key.path()),
        None => key.path().into(),
    }
}

/// The causes of a reason, in words: the rules first, then the config's fields, then the facts.
///
/// For many reasons a [`Teller`] is quicker.
pub fn told(trails: &Trails, because: Because, config: &Config, facts: &Facts) -> Vec<Told> {
    Teller::new(trails, config, facts).told(because)
}

/// Tells reasons in words: the inputs are written out once for all of them.
#[derive(Debug)]
pub struct Teller<'a> {
    trails: &'a Trails,
    config: &'a Config,
    facts: &'a Facts,
    given: serde_json::Value,
    recorded: serde_json::Value,
}

impl<'a> Teller<'a> {
    /// A teller of the reasons in `trails`, for the inputs that were compiled.
    ///
    /// # Examples
    ///
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
    /// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
    /// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
    /// # let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
    /// let teller = ocify::why::Teller::new(compiled.trails(), &config, &facts);
    /// for place in compiled.places() {
    ///     let causes = teller.told(place.because);
    ///     assert!(causes.iter().any(|cause| cause.kind == "rule"), "{}", place.name);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(trails: &'a Trails, config: &'a Config, facts: &'a Facts) -> Self {
        let given = serde_json::to_value(config).unwrap_or_default();
        let recorded = serde_json::to_value(facts).unwrap_or_default();
        Teller { trails, config, facts, given, recorded }
    }

    /// What was probably meant in the place of a word that a refusal does not know.
    pub fn hint(&self, problem: &crate::problem::Problem) -> Option<crate::problem::Hint> {
        problem.hint(self.config, self.facts)
    }

    /// The causes of a reason: the rules first, then the config's fields, then the facts.
    pub fn told(&self, because: Because) -> Vec<Told> {
        self.in_words(&self.trails.of(because))
    }

    /// The causes that made it so, in the same order: without what was only looked through in vain, which [`Teller::told`] tells as well.
    pub fn direct(&self, because: Because) -> Vec<Told> {
        self.in_words(&self.trails.direct(because))
    }

    fn in_words(&self, causes: &[Cause]) -> Vec<Told> {
        let rule = |r: Rule| Told { kind: "rule", name: r.id().into(), text: r.text().into() };
        let mut out: Vec<Told> = causes
            .iter()
            .filter_map(|c| if let Cause::Rule(r) = c { Some(rule(*r)) } else { None })
            .collect();
        let whole: Vec<Field> = causes
            .iter()
            .filter_map(|c| if let Cause::Config(f, WHOLE) = c { Some(*f) } else { None })
            .collect();
        for cause in causes {
            let Cause::Config(field, element) = cause else { continue };
            // "How many" is told by the elements themselves, unless there are none.
            let covered = *element != WHOLE && whole.contains(field);
            let counted = *element == LENGTH
                && causes
                    .iter()
                    .any(|c| matches!(c, Cause::Config(f, e) if f == field && *e != LENGTH));
            if !covered && !counted {
                out.push(Told {
                    kind: "config",
                    name: config_path(self.config, *field, *element),
                    text: self.given(*field, *element),
                });
            }
        }
        for cause in causes {
            let Cause::Fact(key, element) = cause else { continue };
            let name = fact_path(self.facts, *key, *element);
            let text = self.recorded(&name);
            out.push(Told { kind: "fact", name, text });
        }
        out
    }

    /// The value at a fact's place in the record, such as `containers_conf.containers.env`; none where nothing is recorded.
    pub fn fact(&self, path: &str) -> Option<&serde_json::Value> {
        let (path, key) =
            path.split_once('[').map_or((path, None), |(p, k)| (p, k.strip_suffix(']')));
        let value = path.split('.').try_fold(&self.recorded, |value, step| value.get(step))?;
        key.map_or(Some(value), |key| value.get(key))
    }

    fn given(&self, field: Field, element: u32) -> String {
        let Some(value) = self.given.get(field.key()) else { return String::from("not given") };
        let at = usize::try_from(element).ok();
        let part = match value {
            serde_json::Value::Array(items) => at.and_then(|i| items.get(i)),
            serde_json::Value::Object(map) => at.and_then(|i| map.values().nth(i)),
            _ => None,
        };
        short(part.unwrap_or(value))
    }

    fn recorded(&self, path: &str) -> String {
        self.fact(path).map_or_else(|| String::from("not set"), short)
    }
}

fn short(value: &serde_json::Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}
