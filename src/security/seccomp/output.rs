//! Renders the parts of a spec's seccomp section, in the order of the OCI's Go types.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::decode::{Arg, Object, Rule, Text};
use super::{SeccompError, errno};

/// The fields of the output before `architectures`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head<'a> {
    pub(super) default_action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_errno_ret: Option<u32>,
}

/// The fields of the output between `architectures` and `syscalls`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tail<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) flags: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) listener_path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) listener_metadata: &'a str,
}

/// A rule of the output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleOutput<'a> {
    names: &'a [Text<'a>],
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errno_ret: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<ArgOutput<'a>>,
}

/// A condition of a rule of the output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArgOutput<'a> {
    index: u32,
    value: u64,
    #[serde(skip_serializing_if = "is_zero")]
    value_two: u64,
    op: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// Renders one rule.
pub(super) fn output(rule: Rule<'_>) -> Result<Option<String>, SeccompError> {
    let names = match (rule.name.0.is_empty(), rule.names.is_empty()) {
        (false, false) => return Err(SeccompError::BothNames),
        (false, true) => alloc::vec![rule.name],
        (true, _) => rule.names,
    };
    let errno_ret = errno_ret(&rule.errno, rule.errno_ret)?;
    if names.is_empty() {
        return Ok(None);
    }
    let args = rule.args.iter().map(|arg| match arg {
        None => Err(SeccompError::NullElement),
        Some(Object(Arg { index, value, value_two, op: Text(op) })) => {
            Ok(ArgOutput { index: *index, value: *value, value_two: *value_two, op })
        }
    });
    let args = args.collect::<Result<_, _>>()?;
    render(&RuleOutput { names: &names, action: &rule.action.0, errno_ret, args }).map(Some)
}

/// Gives an error number: what is named wins over the bare number.
pub(super) fn errno_ret(
    errno: &Text<'_>,
    number: Option<u32>,
) -> Result<Option<u32>, SeccompError> {
    match errno.0.as_ref() {
        "" => Ok(number),
        named => {
            errno::parse(named).map(Some).ok_or_else(|| SeccompError::UnknownErrno(named.into()))
        }
    }
}

/// Renders a value as JSON.
pub(super) fn render(value: &impl Serialize) -> Result<String, SeccompError> {
    serde_json::to_string(value).map_err(decode_error)
}

/// Takes the braces off an object's text.
pub(super) fn opened(object: &str) -> &str {
    object.strip_prefix('{').and_then(|fields| fields.strip_suffix('}')).unwrap_or(object)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(super) fn decode_error(error: serde_json::Error) -> SeccompError {
    SeccompError::Decode(error.to_string())
}
