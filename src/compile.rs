//! One call: a config and facts in; spec, plan, reasons and warnings out.

use crate::config::Config;
use crate::draft::Draft;
use crate::facts::Facts;
use crate::options::Options;
use crate::plan::{Content, Effect, Plan};
use crate::problem::{Diagnostic, Problem, Warning, When};
use crate::provenance::{Because, Cx, Kept, Trails};
use crate::questions::Question;
use crate::{emit, passes};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

/// A compiled container.
#[derive(Debug)]
pub struct Compiled<'a> {
    /// The changes to the host, in order, each with its way back and its reason.
    pub plan: Plan<'a>,
    pub(crate) trails: Trails,
    pub(crate) kept: Kept,
}

/// A config that is refused, with every refusal; Podman's own comes first.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused {
    /// The refusals; never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// Warnings up to there.
    pub warnings: Vec<Warning>,
    /// The facts that were needed and not recorded. What was decided before the first of them was asked for stands all the same.
    pub missing: BTreeSet<Question>,
    pub(crate) trails: Trails,
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.diagnostics.split_first() {
            Some((first, [])) => write!(f, "{}", first.problem),
            Some((first, rest)) => write!(f, "{} (and {} more)", first.problem, rest.len()),
            None => f.write_str("refused"),
        }
    }
}

impl core::error::Error for Refused {}

/// Compiles a config for a host.
///
/// # Errors
///
/// [`Refused`] when Podman would refuse it, when the hardened profile does, or when a fact is missing.
///
/// # Examples
///
/// ```
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
/// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
/// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
/// use ocify::{Options, Profile};
///
/// // Podman 4.3.1 bit for bit, without the deviations of the ledger.
/// let compiled = ocify::compile(&config, &facts, &Options { profile: Profile::Podman43 })?;
/// assert!(compiled.plan.iter().count() > 3);
///
/// // What is missing of the facts is named, and nothing is made up in its place.
/// let refused = ocify::compile(&config, &ocify::Facts::default(), &Options::default()).unwrap_err();
/// assert!(refused.wants_facts() && refused.missing.iter().any(|fact| fact.to_string() == "host.rootless"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compile<'a>(
    config: &'a Config,
    facts: &'a Facts,
    options: &Options,
) -> Result<Compiled<'a>, Refused> {
    compiled_in(Cx::new(config, facts, options.profile), config, facts, *options)
}

pub(crate) fn compiled_in<'a>(
    cx: Cx<'a>,
    config: &'a Config,
    facts: &'a Facts,
    options: Options,
) -> Result<Compiled<'a>, Refused> {
    let mut draft = Draft::with_room();
    passes::run(&cx, &mut draft);
    let (trails, missing, kept) = cx.finish();
    if !missing.is_empty() && draft.certain > 0 {
        draft.refusals.truncate(draft.certain);
    } else if !missing.is_empty() {
        // What was decided without them means nothing.
        let ask = |question: &Question| Diagnostic {
            when: When::Create,
            problem: Problem::MissingFact { question: question.clone() },
            because: Because::NOTHING,
        };
        return Err(Refused {
            diagnostics: missing.iter().map(ask).collect(),
            warnings: draft.warnings,
            missing,
            trails,
        });
    }
    if draft.refused() {
        return Err(Refused {
            diagnostics: draft.refusals,
            warnings: draft.warnings,
            missing,
            trails,
        });
    }
    draft.plan.sort_by_key(|step| step.stage);
    Ok(Compiled { plan: Plan { draft, facts, config, options }, trails, kept })
}

impl Compiled<'_> {
    /// The spec as canonical JSON: the same inputs give the same bytes, on every machine and thread.
    ///
    /// # Examples
    ///
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
    /// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
    /// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
    /// # let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
    /// let json = compiled.to_json();
    /// assert_eq!(json, ocify::compile(&config, &facts, &ocify::Options::default())?.to_json());
    /// let value: serde_json::Value = serde_json::from_slice(&json)?;
    /// assert_eq!(value["linux"]["resources"]["memory"]["limit"], 64 << 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 * 1024);
        self.write_json(&mut out);
        out
    }

    /// Appends the spec as canonical JSON to a buffer.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        emit::spec(&self.plan.draft.spec, out);
    }

    /// The spec as `oci_spec` has it.
    ///
    /// # Errors
    ///
    /// When the spec holds what that crate's types cannot: an rlimit or capability of a name it does not know (Q-24).
    ///
    /// # Examples
    ///
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
    /// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
    /// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
    /// # let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
    /// let spec: oci_spec::runtime::Spec = compiled.to_spec()?;
    /// assert_eq!(spec.root().as_ref().unwrap().readonly(), Some(true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_spec(&self) -> Result<oci_spec::runtime::Spec, serde_json::Error> {
        serde_json::from_slice(&self.to_json())
    }

    /// The generated files that are bound into the container: where each lands, and its text. A file of the host that is copied, such as
    /// a time zone, has no text here.
    ///
    /// # Examples
    ///
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
    /// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
    /// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
    /// # let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
    /// let hosts = compiled.generated_files().find(|(destination, _)| *destination == "/etc/hosts");
    /// assert!(hosts.unwrap().1.contains("127.0.0.1\tlocalhost\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generated_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let written: BTreeMap<&str, &str> = self
            .plan
            .iter()
            .filter_map(|step| match &step.effect {
                Effect::WriteFile { path, content: Content::Text(text), .. }
                | Effect::RewriteFile { path, text } => Some((&**path, &**text)),
                _ => None,
            })
            .collect();
        self.plan
            .draft
            .spec
            .mounts
            .values()
            .filter_map(move |mount| Some((&*mount.destination, *written.get(&*mount.source)?)))
    }

    /// The copies of the host's files that are bind mounted: destination and the file that is copied.
    pub fn copied_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let copied = |source: &str| {
            self.plan.draft.plan.iter().find_map(|step| match &step.effect {
                Effect::WriteFile { path, content: Content::CopyOf(from), .. }
                    if path == source =>
                {
                    Some(&**from)
                }
                _ => None,
            })
        };
        self.plan
            .draft
            .spec
            .mounts
            .values()
            .filter_map(move |mount| Some((&*mount.destination, copied(&mount.source)?)))
    }

    /// What was said on the way.
    pub fn warnings(&self) -> &[Warning] {
        &self.plan.draft.warnings
    }

    /// The trails of every reason.
    pub fn trails(&self) -> &Trails {
        &self.trails
    }
}

impl Refused {
    /// Whether facts are missing, and nothing that is known without them refuses the config.
    pub fn wants_facts(&self) -> bool {
        self.diagnostics.iter().all(|d| matches!(d.problem, Problem::MissingFact { .. }))
    }

    /// The trails of every reason.
    pub fn trails(&self) -> &Trails {
        &self.trails
    }
}
