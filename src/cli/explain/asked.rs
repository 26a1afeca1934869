//! Finds what is asked about: a place by its name, by a JSON pointer into config.json, or in the words that people use.

use super::lists::{Sources, meant, sources};
use super::told::Writer;
use ocify::Config;
use ocify::config::Field;
use ocify::parts::security::caps::CapSet;
use ocify::rules::Rule;
use ocify::text::nearest;
use ocify::why::{Place, PlaceKind};
use std::collections::BTreeSet;

/// What there is to say.
#[derive(Debug)]
pub(crate) enum Answer<'p> {
    /// Each in full.
    Places(Vec<Found<'p>>),
    /// A line each, below a heading.
    Brief(String, Vec<&'p Place>),
    Capability(Capability<'p>),
    Absent(Absent),
    /// Nothing, in words.
    Unknown(String),
}

/// A place, and which part of it was asked for.
#[derive(Debug)]
pub(crate) struct Found<'p> {
    pub(crate) place: &'p Place,
    /// Such as `.options[2]`; empty for the whole.
    pub(crate) part: String,
}

/// A capability, with the sets and whether they hold it.
#[derive(Debug)]
pub(crate) struct Capability<'p> {
    pub(crate) name: String,
    pub(crate) sets: Vec<(&'p Place, bool)>,
    /// What decides about it, in a few words.
    pub(crate) because: String,
}

/// Something that is not there, and was never spoken of.
#[derive(Debug)]
pub(crate) struct Absent {
    /// The place that it would have.
    pub(crate) name: String,
    pub(crate) sources: Option<&'static Sources>,
    /// A place that was perhaps meant.
    pub(crate) near: Option<String>,
}

/// What is asked of.
#[derive(Debug)]
pub(crate) struct Asked<'p> {
    pub(crate) places: &'p [Place],
    pub(crate) config: &'p Config,
    pub(crate) writer: &'p Writer<'p>,
}

/// Words that a question has around what it is about.
const FILLERS: [&str; 22] = [
    "why", "is", "are", "was", "there", "no", "not", "the", "a", "an", "in", "of", "at", "on",
    "does", "do", "it", "this", "have", "has", "what", "set",
];

impl<'p> Asked<'p> {
    /// Answers a question.
    pub(crate) fn answer(&self, words: &[String]) -> Answer<'p> {
        let split: Vec<&str> = match words {
            [one] if !one.contains('[') => one.split_whitespace().collect(),
            _ => words.iter().map(String::as_str).collect(),
        };
        let as_written = split.join(" ");
        let found = self.of(&split).or_else(|| {
            let bare: Vec<&str> = split
                .iter()
                .map(|word| word.trim_end_matches('?'))
                .filter(|word| !word.is_empty() && !FILLERS.contains(&&*word.to_ascii_lowercase()))
                .collect();
            if bare == split {
                return None;
            }
            // Of several words one may be what it is about.
            self.of(&bare).or_else(|| {
                let of_one = bare.iter().filter_map(|word| self.one(word));
                of_one
                    .into_iter()
                    .find(|answer| !matches!(answer, Answer::Brief(..) | Answer::Unknown(_)))
            })
        });
        found.unwrap_or_else(|| self.unknown(&as_written))
    }

    fn of(&self, words: &[&str]) -> Option<Answer<'p>> {
        match words {
            [] => None,
            [one] => self.one(one),
            [.., kind, name] => self.pair(kind, name),
        }
    }

    /// One word.
    fn one(&self, word: &str) -> Option<Answer<'p>> {
        let upper = word.to_ascii_uppercase();
        if let Some(rule) = Rule::find(word) {
            return Some(self.by_rule(rule));
        }
        if upper.starts_with("CAP_") && meant(word).is_none() {
            return Some(self.capability(&upper));
        }
        if super::pages::looks_like_a_code(&upper) {
            return Some(self.by_code(&upper));
        }
        if word.trim_matches('/') == "ociVersion" {
            let always = "ociVersion is always the same: the version that Podman 4.3 writes";
            return Some(Answer::Brief(always.to_owned(), Vec::new()));
        }
        let mut found = self.path(word);
        if let (true, Some(names)) = (found.is_empty(), meant(word)) {
            let found: Vec<Found<'p>> = names.iter().flat_map(|name| self.path(name)).collect();
            return Some(match names.first() {
                Some(name) if found.is_empty() => self.absent((*name).to_owned()),
                _ => Answer::Places(found),
            });
        }
        if found.is_empty() || word.starts_with('/') {
            // `/root` is a part of the spec and a path in the container.
            found.extend(self.of_key(word));
        }
        if !found.is_empty() {
            return Some(Answer::Places(found));
        }
        if word.starts_with('/') && word.len() > 1 {
            return Some(self.absent(place_of_pointer(word)));
        }
        self.by_field(word).or_else(|| self.by_fact(word)).or_else(|| {
            // `process.env[NOPE]`, `linux.personality`
            let known = sources(word).is_some();
            known.then(|| self.absent(word.to_owned()))
        })
    }

    /// A kind and a name: `env PATH`, `mount /run`, `step 3`.
    fn pair(&self, kind: &str, name: &str) -> Option<Answer<'p>> {
        match &*kind.to_ascii_lowercase() {
            "cap" | "capability" | "capabilities" => {
                let upper = name.to_ascii_uppercase();
                let whole = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
                return Some(self.capability(&whole));
            }
            "step" | "steps" | "plan" => return Some(self.step("plan", name)),
            "warning" | "warnings" => return Some(self.step("warnings", name)),
            "rule" => return Rule::find(name).map(|rule| self.by_rule(rule)),
            "field" | "config" | "line" => return self.by_field(name),
            "fact" => return self.by_fact(name),
            "file" => return Some(self.file(name)),
            "port" | "ports" => return Some(self.port(name)),
            _ => {}
        }
        let kind = kind.to_ascii_lowercase();
        let kind = kind.trim_end_matches(':');
        let names: Vec<String> = match meant(kind).or_else(|| meant(kind.trim_end_matches('s'))) {
            Some(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            None => vec![dotted(kind)],
        };
        let lists = names.iter().filter(|name| !name.contains('['));
        let found: Vec<Found<'p>> =
            lists.clone().flat_map(|list| self.in_list(list, name)).collect();
        if !found.is_empty() {
            return Some(Answer::Places(found));
        }
        // `memory limit`, `user uid`: a part of what the first word means.
        let parts: Vec<Found<'p>> =
            names.iter().flat_map(|list| self.path(&format!("{list}.{name}"))).collect();
        if !parts.is_empty() {
            return Some(Answer::Places(parts));
        }
        let list = lists.into_iter().find(|list| sources(list).is_some())?;
        Some(self.absent(format!("{list}[{name}]")))
    }

    /// Elements of a list by their key, however it is spelled.
    fn in_list(&self, list: &str, name: &str) -> Vec<Found<'p>> {
        let keys = || {
            self.places.iter().filter_map(|place| {
                let key = place.name.strip_prefix(list)?.strip_prefix('[')?;
                Some((place, key.rsplit_once(']').map_or(key, |(key, _)| key)))
            })
        };
        let same = |place: &'p Place| Found { place, part: String::new() };
        let exact: Vec<Found<'p>> =
            keys().filter(|(_, key)| *key == name).map(|(place, _)| same(place)).collect();
        if !exact.is_empty() {
            return exact;
        }
        let name = name.to_ascii_lowercase();
        let kernel = match (list, &*name) {
            ("linux.namespaces", "net") => "network",
            ("linux.namespaces", "mnt") => "mount",
            (_, other) => other,
        };
        let alike = |key: &str| {
            let key = key.to_ascii_lowercase();
            key == kernel
                || key.trim_end_matches('/') == kernel.trim_end_matches('/')
                || key.strip_prefix("rlimit_") == Some(kernel)
                || (list == "hooks" && key.contains(kernel))
                || (list == "linux.resources.devices" && key.ends_with(kernel))
        };
        keys().filter(|(_, key)| alike(key)).map(|(place, _)| same(place)).collect()
    }

    /// Every place with a key, such as `/run` or `HOSTNAME`.
    fn of_key(&self, key: &str) -> Vec<Found<'p>> {
        let bracketed = format!("[{key}]");
        let has = |place: &&Place| {
            let name = place.name.rsplit_once("]#").map_or(&*place.name, |(name, _)| name);
            name.ends_with(&bracketed)
                || name.ends_with(bracketed.trim_end_matches(']')) && name.len() < place.name.len()
        };
        let in_order = |place: &&Place| place.kind == PlaceKind::Stored;
        let mut found: Vec<&Place> = self.places.iter().filter(has).collect();
        found.sort_by_key(in_order);
        found.into_iter().map(|place| Found { place, part: String::new() }).collect()
    }

    /// A place by its name or by a JSON pointer: itself, all below it, or a part of it.
    fn path(&self, text: &str) -> Vec<Found<'p>> {
        let name = dotted(text);
        if name.is_empty() {
            return Vec::new();
        }
        let inside = |rest: &str| rest.is_empty() || rest.starts_with(['[', '.', '#']);
        let whole: Vec<Found<'p>> = self
            .places
            .iter()
            .filter(|place| place.name.strip_prefix(&*name).is_some_and(inside))
            .map(|place| Found { place, part: String::new() })
            .collect();
        if !whole.is_empty() {
            return whole;
        }
        let found = self.by_number(&name).or_else(|| self.by_map_key(text, &name));
        found.or_else(|| self.part_of(&name)).into_iter().collect()
    }

    /// `mounts.5.options`, `mounts[5]`: the element with that number in config.json.
    fn by_number(&self, name: &str) -> Option<Found<'p>> {
        let lists: BTreeSet<&str> = self
            .places
            .iter()
            .filter_map(|place| place.name.split_once('[').map(|(list, _)| list))
            .collect();
        for list in lists.into_iter().rev() {
            let Some(rest) = name.strip_prefix(list).and_then(|r| r.strip_prefix(['.', '[']))
            else {
                continue;
            };
            // Hooks are numbered by stage.
            let (stage, rest) = match rest.split_once(['.', '[']) {
                Some((stage, rest)) if list == "hooks" => (format!("{stage}:"), rest),
                _ => (String::new(), rest),
            };
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, part) = rest.split_at(digits);
            let Ok(number) = number.parse::<usize>() else { continue };
            let part = part.strip_prefix(']').unwrap_or(part);
            let begin = format!("{list}[{stage}");
            let of_list = |place: &&Place| {
                matches!(place.kind, PlaceKind::Spec | PlaceKind::Plan | PlaceKind::Warning)
                    && place.name.starts_with(&begin)
            };
            let place = self.places.iter().filter(of_list).nth(number)?;
            return Some(Found { place, part: part.to_owned() });
        }
        None
    }

    /// `/annotations/org.example~1key`: an entry of a map, by its key.
    fn by_map_key(&self, text: &str, name: &str) -> Option<Found<'p>> {
        let list = ["annotations", "linux.sysctl"]
            .into_iter()
            .find(|list| name.strip_prefix(list).is_some_and(|rest| rest.starts_with('.')))?;
        let at = list.len().saturating_add(1).saturating_add(usize::from(text.starts_with('/')));
        let key = text.get(at..)?.replace("~1", "/").replace("~0", "~");
        let wanted = format!("{list}[{key}]");
        let place = self.places.iter().find(|place| place.name == wanted)?;
        Some(Found { place, part: String::new() })
    }

    /// `mounts[/run].options`, `linux.resources.memory.limit`: a part of the longest place that the name begins with.
    fn part_of(&self, name: &str) -> Option<Found<'p>> {
        let begins = |place: &&Place| {
            name.strip_prefix(&*place.name).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let place = self.places.iter().filter(begins).max_by_key(|place| place.name.len())?;
        let part = name.strip_prefix(&*place.name).unwrap_or("").to_owned();
        // A part that is not there is none, unless the place is.
        let there =
            place.kind != PlaceKind::Spec || self.writer.values.part(place, &part).is_some();
        there.then_some(Found { place, part })
    }

    /// Steps of the plan and warnings: by number, by word or code, or by what they are about.
    fn step(&self, list: &str, name: &str) -> Answer<'p> {
        let begin = format!("{list}[");
        let all = || self.places.iter().filter(|place| place.name.starts_with(&begin));
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let number = format!("{list}[{name}:");
        let whole = format!("{list}[{name}]");
        let exact = |place: &&Place| place.name.starts_with(&number) || place.name == whole;
        let mut found: Vec<&Place> = all().filter(exact).collect();
        if found.is_empty() && name.parse::<usize>().is_err() {
            let name = name.to_ascii_lowercase();
            let about = |place: &&Place| place.name.to_ascii_lowercase().contains(&name);
            found = all().filter(about).collect();
            if found.is_empty() {
                let says = |place: &&Place| place.value.to_ascii_lowercase().contains(&name);
                found = all().filter(says).collect();
            }
        }
        if found.is_empty() {
            let what = if list == "plan" { "step of the plan" } else { "warning" };
            return Answer::Unknown(match all().count() {
                0 => format!("there is no {what}"),
                1 => format!("there is no {what} `{name}`, and only one: 0"),
                n => format!("there is no {what} `{name}` among 0 to {}", n.saturating_sub(1)),
            });
        }
        // More than a few are told in brief.
        if found.len() > 4 {
            return Answer::Brief(format!("{list}: {} of `{name}`", found.len()), found);
        }
        places(found)
    }

    /// A file in the container: what is mounted there, and the steps that make it.
    fn file(&self, path: &str) -> Answer<'p> {
        let mut found = self.in_list("mounts", path);
        let source = found.first().and_then(|found| {
            self.writer.values.of(found.place).get("source")?.as_str().map(str::to_owned)
        });
        if found.is_empty() {
            return self.absent(format!("mounts[{path}]"));
        }
        let Some(source) = source.filter(|source| source.len() > 1) else {
            return Answer::Places(found);
        };
        let quoted = format!("\"{source}\"");
        let makes = |place: &&Place| place.kind == PlaceKind::Plan && place.value.contains(&quoted);
        let steps = self.places.iter().filter(makes);
        found.extend(steps.map(|place| Found { place, part: String::new() }));
        Answer::Places(found)
    }

    /// A port: the mapping, and the steps that publish it.
    fn port(&self, number: &str) -> Answer<'p> {
        let about = |place: &&Place| {
            let text = &place.value;
            let named = || {
                text.match_indices(number).any(|(at, _)| {
                    let before = text.get(..at).and_then(|t| t.chars().next_back());
                    let after =
                        text.get(at.saturating_add(number.len())..).and_then(|t| t.chars().next());
                    let apart = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
                    apart(before) && apart(after)
                })
            };
            (place.name == "container.ports"
                || place.kind == PlaceKind::Plan && text.contains("port"))
                && named()
        };
        let found: Vec<&Place> = self.places.iter().filter(about).collect();
        if found.is_empty() {
            return self.absent(format!("container.ports[{number}]"));
        }
        places(found)
    }

    fn capability(&self, name: &str) -> Answer<'p> {
        if !CapSet::ALL.iter().any(|known| known == name) {
            let near = nearest(name, CapSet::ALL.iter());
            let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            return Answer::Unknown(format!("there is no capability `{name}`{hint}"));
        }
        let of_set = |place: &&Place| place.name.starts_with("process.capabilities.");
        let sets = self.places.iter().filter(of_set);
        let sets: Vec<(&Place, bool)> =
            sets.map(|set| (set, set.value.split(' ').any(|held| held == name))).collect();
        let because = self.about_capability(name, sets.iter().any(|(_, held)| *held));
        Answer::Capability(Capability { name: name.to_owned(), sets, because })
    }

    /// What decides about a capability: the first that applies.
    fn about_capability(&self, name: &str, held: bool) -> String {
        let same = |word: &str| {
            let word = word.to_ascii_uppercase();
            word == name || name.strip_prefix("CAP_") == Some(&word)
        };
        let lists = |list: &[String], word: &str| {
            list.iter().any(|item| item.eq_ignore_ascii_case(word) || same(item))
        };
        let (add, drop) = (&self.config.cap_add, &self.config.cap_drop);
        let fact = |path: &str| {
            let names = self.writer.teller.fact(path).and_then(|value| value.as_array());
            names.map(|names| names.iter().filter_map(|name| name.as_str()).any(same))
        };
        let host = fact("host.bounding_capabilities");
        let default = fact("containers_conf.containers.default_capabilities");
        let words = match held {
            true if self.config.privileged => "the container is privileged",
            true if lists(add, "ALL") => "`cap_add` adds it",
            true if default == Some(true) => "it is one of containers.conf's default capabilities",
            true => "it is one of the default capabilities",
            false if self.config.privileged && host == Some(false) => {
                "the host's bounding set lacks it, and nobody can have more"
            }
            false if drop.iter().any(|item| same(item)) => "`cap_drop` takes it away",
            false if lists(drop, "ALL") => {
                "`cap_drop` takes all away, and `cap_add` does not add it"
            }
            false if host == Some(false) => {
                "the host's bounding set lacks it, and nobody can have more"
            }
            false if default == Some(false) => {
                "it is none of containers.conf's default capabilities, and `cap_add` does not add it"
            }
            false => "it is no default capability, and `cap_add` does not add it",
        };
        words.to_owned()
    }

    fn by_rule(&self, rule: Rule) -> Answer<'p> {
        let named = |place: &&Place| {
            let told = self.writer.teller.direct(place.because);
            told.iter().any(|cause| cause.kind == "rule" && cause.name == rule.id())
        };
        let found: Vec<&Place> = self.places.iter().filter(named).collect();
        let heading = match found.len() {
            0 => format!("{}: no part in this result\n{}", rule.id(), rule.text()),
            _ => format!("{}: a part in these places\n{}\n", rule.id(), rule.text()),
        };
        Answer::Brief(heading, found)
    }

    /// A warning of this code; the others are about other results.
    fn by_code(&self, code: &str) -> Answer<'p> {
        let end = format!(":{code}]");
        let found: Vec<&Place> =
            self.places.iter().filter(|place| place.name.ends_with(&end)).collect();
        if found.is_empty() {
            let known = super::pages::page(code).is_some();
            return Answer::Unknown(if known {
                format!("nothing here is told as {code}: `ocify explain {code}` says what it means")
            } else {
                super::pages::unknown(code)
            });
        }
        places(found)
    }

    /// A field of the config: what it has a part in.
    fn by_field(&self, path: &str) -> Option<Answer<'p>> {
        let key = path.split(['[', '.']).next().unwrap_or(path);
        let field = Field::ALL.iter().find(|field| field.key().eq_ignore_ascii_case(key))?;
        let path = format!("{}{}", field.key(), path.get(key.len()..).unwrap_or(""));
        let asked = self.volume(&path);
        let found = self.owed(|kind, name| {
            let inside = |whole: &str, part: &str| {
                part.strip_prefix(whole)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
            };
            let same = || inside(&path, name) || inside(name, &path);
            kind == "config" && (same() || asked.iter().any(|asked| asked == name))
        });
        if found.is_empty() && path != field.key() {
            return None;
        }
        let words = if found.is_empty() { "nothing is owed to" } else { "what has a cause in" };
        Some(Answer::Brief(format!("{words} {path}:"), found))
    }

    /// The names of a volume as it was written, or of all: those whose source is a path are mounts in the config.
    fn volume(&self, path: &str) -> Vec<String> {
        let Some(rest) = path.strip_prefix("volumes") else { return Vec::new() };
        let start = |path: &str| self.writer.written_at(path);
        let Some(volumes) = start("volumes") else { return Vec::new() };
        let behind = start("mounts").filter(|mounts| *mounts > volumes);
        let mounts = (0..self.config.mounts.len()).map(|at| format!("mounts[{at}]"));
        let named = (0..self.config.volumes.len()).map(|at| format!("volumes[{at}]"));
        let mut all: Vec<((usize, usize), String)> = mounts
            .chain(named)
            .filter_map(|name| Some((start(&name)?, name)))
            .filter(|(at, _)| *at > volumes && behind.is_none_or(|mounts| *at < mounts))
            .collect();
        all.sort();
        let mut all: Vec<String> = all.into_iter().map(|(_, name)| name).collect();
        if let Some(Ok(nth)) =
            rest.strip_prefix('[').and_then(|r| r.split_once(']')).map(|(n, _)| n.parse::<usize>())
        {
            all = all.into_iter().skip(nth).take(1).collect();
        }
        all
    }

    /// A fact: what it has a part in.
    fn by_fact(&self, path: &str) -> Option<Answer<'p>> {
        let found = self.owed(|kind, name| {
            kind == "fact"
                && (name == path
                    || name.strip_prefix(path).is_some_and(|rest| rest.starts_with(['[', '.']))
                    || name.rsplit_once('.').is_some_and(|(_, last)| last == path))
        });
        if found.is_empty() && self.writer.teller.fact(path).is_none() {
            return None;
        }
        let words = if found.is_empty() { "nothing is owed to" } else { "what has a cause in" };
        Some(Answer::Brief(format!("{words} the fact {path}:"), found))
    }

    fn owed(&self, is: impl Fn(&str, &str) -> bool) -> Vec<&'p Place> {
        let owes = |place: &&Place| {
            let told = self.writer.teller.direct(place.because);
            told.iter().any(|cause| is(cause.kind, &cause.name))
        };
        self.places.iter().filter(owes).collect()
    }

    fn absent(&self, name: String) -> Answer<'p> {
        // Of a list only the keys are near to one another.
        let (list, key) = name.split_once('[').unwrap_or(("", &name));
        let begin = if list.is_empty() { String::new() } else { format!("{list}[") };
        let others = self.places.iter().filter_map(|place| place.name.strip_prefix(&*begin));
        let near = nearest(key, others).map(|near| format!("{begin}{near}"));
        Answer::Absent(Absent { sources: sources(&name), near, name })
    }

    fn unknown(&self, words: &str) -> Answer<'p> {
        let name = dotted(words);
        let places = self.places.iter().map(|place| &*place.name);
        let keys = self.places.iter().filter_map(|place| {
            place
                .name
                .split_once('[')
                .map(|(_, key)| key.rsplit_once(']').map_or(key, |(key, _)| key))
        });
        let fields = Field::ALL.iter().map(|field| field.key());
        let hint = match nearest(&name, places.chain(fields).chain(keys)) {
            Some(near) => format!(", did you mean `{near}`?"),
            None => ": without a place, all that is decided is listed".to_owned(),
        };
        Answer::Unknown(format!("nothing is decided about `{words}`{hint}"))
    }
}

fn places<'p>(found: Vec<&'p Place>) -> Answer<'p> {
    let whole = |place: &'p Place| Found { place, part: String::new() };
    Answer::Places(found.into_iter().map(whole).collect())
}

/// `/linux/seccomp` and `/mounts[/run]` are `linux.seccomp` and `mounts[/run]`.
fn dotted(text: &str) -> String {
    let (path, key) = text.find('[').map_or((text, ""), |at| text.split_at(at));
    match path.strip_prefix('/') {
        Some(path) => format!("{}{key}", path.trim_end_matches('/').replace('/', ".")),
        None => text.to_owned(),
    }
}

/// Where what a path that leads nowhere names would be: a mount, unless the pointer begins as the spec does.
fn place_of_pointer(word: &str) -> String {
    let dotted = dotted(word);
    if sources(&dotted).is_some() { dotted } else { format!("mounts[{word}]") }
}
