//! `explain`: why a place in the result is as it is, and what a code or a rule means.

use super::args::{Explain, Given};
use super::render::Reporter;
use super::source::Sources;
use super::{Failure, compile, output};
use ocify::check::FindingKind;
use ocify::ledger;
use ocify::problem::{MISTAKE_PAGES, Problem, WarningKind};
use ocify::rules::Rule;
use ocify::text::nearest;
use ocify::why::{Place, PlaceKind, Teller, Told};
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn run(args: &Explain, reporter: &Reporter) -> Result<(), Failure> {
    if let Some(page) = own_page(args) {
        return output::print(page.as_bytes());
    }
    let given = Given { config: args.subject().map(Path::to_owned), how: args.how.clone() };
    compile::with_compiled(&given, reporter, |compiled, file, facts| {
        let places = compiled.places();
        let chosen = match Wanted::of(&args.place()) {
            None => places.iter().collect(),
            Some(wanted) => chosen(&places, &wanted)?,
        };
        let whole = chosen.len() == 1;
        let teller = Teller::new(compiled.trails(), &file.config, facts);
        let mut out = String::new();
        for place in chosen {
            tell(&mut out, place, &teller, &file.sources, whole);
        }
        output::print(out.as_bytes())
    })
}

/// The page of what is asked for, if it is no config.
fn own_page(args: &Explain) -> Option<String> {
    args.subject()?.to_str().filter(|_| args.place.is_empty()).and_then(page)
}

/// Whether this host has nothing to do with what is asked for.
pub(crate) fn is_word(args: &Explain) -> bool {
    own_page(args).is_some()
}

/// The page of a code, a rule or a quirk.
fn page(of: &str) -> Option<String> {
    let code = of.to_ascii_uppercase();
    let pages = MISTAKE_PAGES.iter().chain(Problem::PAGES).chain(WarningKind::PAGES);
    let pages = pages.chain(FindingKind::PAGES);
    if let Some((code, about, help)) = pages.into_iter().find(|(known, _, _)| *known == code) {
        let mut out = format!("{code}: {}\n", about.trim());
        if !help.is_empty() {
            line(&mut out, format_args!("\nWhat to do: {help}."));
        }
        return Some(out);
    }
    if code == "LEDGER" {
        return Some(ledger_page());
    }
    if let Some(entry) = ledger::find(of) {
        return Some(entry.to_string());
    }
    if let Some(rule) = Rule::find(of) {
        let mut out = format!("{}: {}\n\nSource: {}\n", rule.id(), rule.text(), rule.source());
        for quirk in rule.quirks() {
            line(&mut out, format_args!("Quirk {}: {}", quirk.id(), quirk.text()));
        }
        return Some(out);
    }
    None
}

/// Every entry of the ledger, one a line.
fn ledger_page() -> String {
    let mut out = String::new();
    for entry in ledger::all() {
        line(&mut out, format_args!("{:<20} {}", entry.id(), entry.fate.word()));
    }
    out
}

/// What was asked for, in the names of places.
#[derive(Debug, PartialEq)]
struct Wanted {
    /// As it was written.
    words: String,
    /// The names it may stand for.
    names: Vec<String>,
}

/// The sets of capabilities, which hold their members in one place each.
const CAPS: &str = "process.capabilities.";

impl Wanted {
    fn of(words: &[String]) -> Option<Self> {
        let names = match words {
            [] => return None,
            [place] => {
                // `/linux/seccomp` and `/mounts[/run]` are `linux.seccomp` and `mounts[/run]`.
                let (path, key) =
                    place.find('[').map_or((place.as_str(), ""), |at| place.split_at(at));
                let dotted =
                    path.strip_prefix('/').map_or(path.to_owned(), |path| path.replace('/', "."));
                vec![format!("{dotted}{key}"), format!("[{place}]")]
            }
            [kind, name, ..] => {
                let list = match kind.as_str() {
                    "cap" | "capability" => {
                        return Some(Self { words: words.join(" "), names: vec![cap(name)] });
                    }
                    "env" => "process.env",
                    "mount" => "mounts",
                    "rlimit" => "process.rlimits",
                    "annotation" => "annotations",
                    "label" => "container.labels",
                    "sysctl" => "linux.sysctl",
                    "device" => "linux.devices",
                    "namespace" | "ns" => "linux.namespaces",
                    "mask" => "linux.maskedPaths",
                    other => other,
                };
                vec![format!("{list}[{name}]")]
            }
        };
        Some(Wanted { words: words.join(" "), names })
    }

    fn is(&self, place: &Place) -> bool {
        self.names.iter().any(|name| {
            if let Some(cap) = name.strip_prefix("cap ") {
                return place.name.starts_with(CAPS)
                    || (place.kind == PlaceKind::Absent && place.name.contains(cap));
            }
            // `mounts` stands for all of them, `[/run]` for each place of that key.
            let inside = |rest: &str| rest.is_empty() || rest.starts_with(['[', '.', '#']);
            place.name.strip_prefix(name.as_str()).is_some_and(inside)
                || (name.starts_with('[') && place.name.ends_with(name.as_str()))
        })
    }
}

fn cap(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    if upper.starts_with("CAP_") { format!("cap {upper}") } else { format!("cap CAP_{upper}") }
}

fn chosen<'p>(places: &'p [Place], wanted: &Wanted) -> Result<Vec<&'p Place>, Failure> {
    let found: Vec<&Place> = places.iter().filter(|place| wanted.is(place)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let near = nearest(
        wanted.names.first().map_or("", String::as_str),
        places.iter().map(|p| p.name.as_str()),
    );
    let hint = near.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    Err(Failure::Trouble(format!("nothing is decided about `{}`{hint}", wanted.words)))
}

/// Writes a place with its value and all its reasons.
fn tell(out: &mut String, place: &Place, teller: &Teller<'_>, sources: &Sources, whole: bool) {
    let kind = match place.kind {
        PlaceKind::Spec | PlaceKind::Absent => "",
        PlaceKind::Stored => " (not in config.json)",
        PlaceKind::Plan => " (plan)",
        PlaceKind::Warning => " (warning)",
    };
    line(out, format_args!("{}{kind}", place.name));
    let value = if whole { place.value.clone() } else { shortened(&place.value, 160) };
    line(out, format_args!("  = {value}"));
    let told = teller.told(place.because);
    causes(out, &told, sources);
    for before in teller.replaced(place.because) {
        let rules: Vec<&str> =
            before.iter().filter(|t| t.kind == "rule").map(|t| t.name.as_str()).collect();
        line(out, format_args!("  before  another value by {}", rules.join(", ")));
    }
    out.push('\n');
}

fn causes(out: &mut String, told: &[Told], sources: &Sources) {
    for cause in told {
        match cause.kind {
            "rule" => line(out, format_args!("  rule    {}: {}", cause.name, cause.text)),
            "config" => match sources.at(&cause.name) {
                Some(mark) => {
                    let (place, text) = (sources.place(&mark), sources.row(&mark));
                    line(out, format_args!("  config  {} ({place})", cause.name));
                    line(out, format_args!("          {:>4} | {}", mark.line, printable(text)));
                }
                None if cause.text == "not given" => {
                    line(out, format_args!("  config  {} is not given", cause.name));
                }
                None => line(out, format_args!("  config  {} = {}", cause.name, cause.text)),
            },
            _ => line(out, format_args!("  fact    {} = {}", cause.name, cause.text)),
        }
    }
}

fn line(out: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{words}"); // Writing to text cannot fail.
}

/// A row of somebody's file, without what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The first `most` characters of a text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(words: &[&str], place: &str) -> bool {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let place = Place {
            name: place.into(),
            value: String::new(),
            kind: PlaceKind::Spec,
            because: ocify::provenance::Because::NOTHING,
        };
        Wanted::of(&words).unwrap().is(&place)
    }

    #[test]
    fn places_are_found_by_the_names_people_use() {
        for (words, place) in [
            (&["mounts[/run]"][..], "mounts[/run]"),
            (&["/mounts[/run]"], "mounts[/run]"),
            (&["mounts"], "mounts[/run]"),
            (&["/run"], "mounts[/run]"),
            (&["env", "HOSTNAME"], "process.env[HOSTNAME]"),
            (&["process.env[HOSTNAME]"], "process.env[HOSTNAME]"),
            (&["HOSTNAME"], "process.env[HOSTNAME]"),
            (&["cap", "net_raw"], "process.capabilities.bounding"),
            (&["/linux/seccomp"], "linux.seccomp"),
            (&["process"], "process.user.uid"),
            (&["mounts[/a]"], "mounts[/a]#2"),
        ] {
            assert!(wants(words, place), "{words:?} {place}");
        }
        for (words, place) in [
            (&["mounts[/r]"][..], "mounts[/run]"),
            (&["env", "HOST"], "process.env[HOSTNAME]"),
            (&["root"], "rootfs"),
        ] {
            assert!(!wants(words, place), "{words:?} {place}");
        }
    }

    #[test]
    fn codes_rules_and_quirks_have_pages() {
        for of in ["E0101", "e0002", "SG-ENV-03", "sg-env-03", "W001"] {
            assert!(page(of).is_some(), "{of}");
        }
        for (of, about, help) in FindingKind::PAGES {
            let told = page(of).unwrap();
            assert!(told.contains(about) && told.contains(help), "{told}");
        }
        for of in ["Q-06", "q-49", "HD-ENV-01", "ND-01", "CR-01", "CVE-2022-0811", "ledger"] {
            assert!(page(of).is_some(), "{of}");
        }
        let told = page("HD-ENV-01").unwrap();
        for part in ["changed in hardened", "CVE-2026-57231", "--profile podman-4.3", "hardened/"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(page("Q-07").unwrap().contains("Rules: SG-MNT-06"));
        assert!(page("web.yaml").is_none());
    }
}
