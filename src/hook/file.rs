//! Reads a hook file, of either of its two versions.

use super::OWN_STAGES;
use super::matching::When;
use super::regexp::{Regexp, SyntaxError};
use crate::facts::Errno;
use crate::quote::Quoted;
use crate::text::{Node, json};
use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// The stages of the runtime's own.
const STAGES: [&str; 6] =
    ["createContainer", "createRuntime", "prestart", "poststart", "poststop", "startContainer"];

/// A hook and what it asks for.
#[derive(Clone, Debug)]
pub struct Hook<'a> {
    /// The program.
    pub path: Cow<'a, str>,
    /// Its arguments, the first being its name.
    pub args: Vec<Cow<'a, str>>,
    /// Its environment.
    pub env: Vec<Cow<'a, str>>,
    /// Seconds it may take.
    pub timeout: Option<i64>,
    /// Which containers it is for.
    pub when: When,
    /// The stages that it runs in, in order.
    pub stages: Vec<Cow<'a, str>>,
}

/// Why a hook file is no good, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is no JSON, or not of this form.
    #[error("parsing hook {}: {message}", Quoted(.path))]
    Form {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// Its version is not known.
    #[error("parsing hook {}: unrecognized hook version: {}", Quoted(.path), Quoted(.version))]
    Version {
        /// The file.
        path: String,
        /// Its version.
        version: String,
    },
    /// It names no program.
    #[error("missing required property: hook.path")]
    NoPath,
    /// Its program is not there, or cannot be looked at.
    #[error("stat {program}: {errno}")]
    Program {
        /// The program.
        program: String,
        /// Why.
        errno: Errno,
    },
    /// A pattern is no regular expression.
    #[error("invalid {what} {}: {error}", Quoted(.pattern))]
    Pattern {
        /// What it is for.
        what: &'static str,
        /// The pattern.
        pattern: String,
        /// Why.
        error: SyntaxError,
    },
    /// It names no stages.
    #[error("missing required property: stages")]
    NoStages,
    /// A stage that there is not.
    #[error("unknown stage {}", Quoted(.stage))]
    UnknownStage {
        /// The stage.
        stage: String,
    },
}

/// Reads and checks a hook file. `stat` looks for a program.
pub(super) fn read<'a>(
    path: &str,
    text: &'a str,
    stat: impl Fn(&str) -> Result<(), Errno>,
) -> Result<Hook<'a>, FileError> {
    let form = |message: String| FileError::Form { path: path.into(), message };
    let Node::Map(entries) = json(text).map_err(|error| form(error.to_string()))? else {
        return Err(form("json: cannot unmarshal it into a hook".into()));
    };
    let fields = Fields(entries);
    // LP-HOOK-02
    match &*fields.text("version").map_err(form)? {
        "1.0.0" => current(fields).map_err(form)?.checked(stat),
        "0.1.0" | "" => legacy(fields).map_err(form)?.checked(stat),
        version => Err(FileError::Version { path: path.into(), version: version.to_string() }),
    }
}

/// A hook whose patterns are still text.
#[derive(Debug, Default)]
struct Raw<'a> {
    path: Cow<'a, str>,
    args: Vec<Cow<'a, str>>,
    env: Vec<Cow<'a, str>>,
    timeout: Option<i64>,
    always: Option<bool>,
    has_bind_mounts: Option<bool>,
    annotations: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    commands: Vec<Cow<'a, str>>,
    any: bool,
    stages: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Raw<'a> {
    /// Checks it, in Podman's order.
    fn checked(self, stat: impl Fn(&str) -> Result<(), Errno>) -> Result<Hook<'a>, FileError> {
        if self.path.is_empty() {
            return Err(FileError::NoPath);
        }
        if let Err(errno) = stat(&self.path) {
            return Err(FileError::Program { program: self.path.into_owned(), errno });
        }
        let compile = |what, pattern: &str| {
            Regexp::new(pattern).map_err(|error| FileError::Pattern {
                what,
                pattern: pattern.into(),
                error,
            })
        };
        let mut annotations = Vec::with_capacity(self.annotations.len());
        for (key, value) in &self.annotations {
            annotations
                .push((compile("annotation key", key)?, compile("annotation value", value)?));
        }
        let commands: Result<Vec<_>, _> =
            self.commands.iter().map(|command| compile("command", command)).collect();
        let (always, has_bind_mounts) = (self.always, self.has_bind_mounts);
        let when =
            When { always, has_bind_mounts, annotations, commands: commands?, any: self.any };
        let stages = self.stages.ok_or(FileError::NoStages)?;
        let known = |stage: &str| STAGES.contains(&stage) || OWN_STAGES.contains(&stage);
        if let Some(stage) = stages.iter().find(|stage| !known(stage)) {
            return Err(FileError::UnknownStage { stage: stage.to_string() });
        }
        let Raw { path, args, env, timeout, .. } = self;
        Ok(Hook { path, args, env, timeout, when, stages })
    }
}

/// Version 1.0.0.
fn current(mut fields: Fields<'_>) -> Result<Raw<'_>, String> {
    let mut hook = fields.map("hook")?;
    let mut when = fields.map("when")?;
    let mut annotations = Vec::new();
    for (key, value) in when.map("annotations")?.0 {
        annotations.push((key, text_of(value)?));
    }
    // A map has each key once, the last one.
    annotations.reverse();
    annotations.sort_by(|a, b| a.0.cmp(&b.0));
    annotations.dedup_by(|later, first| later.0 == first.0);
    Ok(Raw {
        path: hook.text("path")?,
        args: hook.texts("args")?.unwrap_or_default(),
        env: hook.texts("env")?.unwrap_or_default(),
        timeout: match hook.take("timeout") {
            Node::Null => None,
            Node::Int(seconds) => Some(i64::try_from(seconds).map_err(|_| "timeout out of range")?),
            other => return Err(wrong(&other, "number")),
        },
        always: when.flag("always")?,
        has_bind_mounts: when.flag("hasBindMounts")?,
        annotations,
        commands: when.texts("commands")?.unwrap_or_default(),
        any: false,
        stages: fields.texts("stages")?,
    })
}

/// Version 0.1.0, and files without one: any condition is enough.
fn legacy(mut fields: Fields<'_>) -> Result<Raw<'_>, String> {
    let path = match fields.take("hook") {
        Node::Null => return Err("missing required property: hook".into()),
        node => text_of(node)?,
    };
    let stages = fields.either("stages", "stage")?;
    if stages.is_none() {
        return Err("missing required property: stages".into());
    }
    let commands = fields.either("cmds", "cmd")?.unwrap_or_default();
    let annotations = fields.either("annotations", "annotation")?;
    let args = match fields.texts("arguments")? {
        Some(arguments) => core::iter::once(path.clone()).chain(arguments).collect(),
        None => Vec::new(),
    };
    Ok(Raw {
        path,
        args,
        has_bind_mounts: fields.flag("hasbindmounts")?,
        // All are one pattern for the value of any annotation.
        annotations: annotations
            .map(|values| (Cow::Borrowed(".*"), Cow::Owned(values.join("|"))))
            .into_iter()
            .collect(),
        commands,
        any: true,
        stages,
        ..Raw::default()
    })
}

/// An object's fields. Names are compared as Go does: in any case, and the last one counts.
#[derive(Debug)]
struct Fields<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Fields<'a> {
    /// Takes a field's value; null where there is none.
    fn take(&mut self, name: &str) -> Node<'a> {
        let found = self.0.iter_mut().rev().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or(Node::Null, |(_, value)| core::mem::replace(value, Node::Null))
    }

    fn text(&self, name: &str) -> Result<Cow<'a, str>, String> {
        match self.0.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            None => Ok(Cow::Borrowed("")),
            Some((_, node)) => text_of(node.clone()),
        }
    }

    fn texts(&mut self, name: &str) -> Result<Option<Vec<Cow<'a, str>>>, String> {
        match self.take(name) {
            Node::Null => Ok(None),
            Node::Seq(items) => items.into_iter().map(text_of).collect::<Result<_, _>>().map(Some),
            other => Err(wrong(&other, "list")),
        }
    }

    /// A list under either of two names.
    fn either(&mut self, many: &str, one: &str) -> Result<Option<Vec<Cow<'a, str>>>, String> {
        match (self.texts(many)?, self.texts(one)?) {
            (Some(_), Some(_)) => Err(["cannot set both '", one, "' and '", many, "'"].concat()),
            (given, None) | (None, given) => Ok(given),
        }
    }

    fn flag(&mut self, name: &str) -> Result<Option<bool>, String> {
        match self.take(name) {
            Node::Null => Ok(None),
            Node::Bool(flag) => Ok(Some(flag)),
            other => Err(wrong(&other, "boolean")),
        }
    }

    fn map(&mut self, name: &str) -> Result<Fields<'a>, String> {
        match self.take(name) {
            Node::Null => Ok(Fields(Vec::new())),
            Node::Map(entries) => Ok(Fields(entries)),
            other => Err(wrong(&other, "object")),
        }
    }
}

fn text_of(node: Node<'_>) -> Result<Cow<'_, str>, String> {
    match node {
        Node::Null => Ok(Cow::Borrowed("")),
        Node::Str(text) => Ok(text),
        other => Err(wrong(&other, "string")),
    }
}

fn wrong(node: &Node<'_>, wanted: &str) -> String {
    ["json: cannot unmarshal ", node.kind(), " into a ", wanted].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn error(text: &str) -> String {
        read(
            "/h/x.json",
            text,
            |path| if path == "/bin/true" { Ok(()) } else { Err(Errno::ENOENT) },
        )
        .map(|_| ())
        .unwrap_err()
        .to_string()
    }

    #[test]
    fn a_hook_that_lacks_something_is_refused() {
        // LP-HOOK-02
        for (text, message) in [
            (
                r#"{"version":"1.0.0","hook":{},"stages":[]}"#,
                "missing required property: hook.path",
            ),
            (
                r#"{"version":"1.0.0","hook":{"path":"/bin/true"}}"#,
                "missing required property: stages",
            ),
            (
                r#"{"version":"1.0.0","hook":{"path":"/nope"},"stages":["x"]}"#,
                "stat /nope: no such file or directory",
            ),
            (
                r#"{"version":"1.0.0","hook":{"path":"/bin/true"},"stages":["x"]}"#,
                "unknown stage \"x\"",
            ),
            (
                r#"{"version":"2","hook":{}}"#,
                "parsing hook \"/h/x.json\": unrecognized hook version: \"2\"",
            ),
            (
                r#"{"hook":"/bin/true"}"#,
                "parsing hook \"/h/x.json\": missing required property: stages",
            ),
            (
                r#"{"hook":"/bin/true","stage":["prestart"],"stages":["prestart"]}"#,
                "parsing hook \"/h/x.json\": cannot set both 'stage' and 'stages'",
            ),
        ] {
            assert_eq!(error(text), message);
        }
        assert!(error(r#"{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"commands":["("]},"stages":["prestart"]}"#).starts_with("invalid command \"(\": "));
        assert!(error("{").starts_with("parsing hook \"/h/x.json\": "));
    }

    #[test]
    fn names_of_fields_may_be_in_any_case() {
        let text = r#"{"Version":"1.0.0","hook":{"Path":"/bin/true","timeout":7},"when":{"hasbindmounts":true},"stages":["prestart"]}"#;
        let hook = read("/h/x.json", text, |_| Ok(())).unwrap();
        assert_eq!(
            (&*hook.path, hook.timeout, hook.when.has_bind_mounts),
            ("/bin/true", Some(7), Some(true))
        );
    }

    #[test]
    fn the_old_form_gives_the_program_its_own_name() {
        let hook = read(
            "/h/x.json",
            r#"{"hook":"/bin/true","arguments":["a"],"stage":["prestart"],"cmd":["x"]}"#,
            |_| Ok(()),
        )
        .unwrap();
        assert_eq!(hook.args, ["/bin/true", "a"]);
        assert!(hook.when.any);
    }
}
