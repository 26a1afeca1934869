//! Binds secrets in as files (LP-SEC).

use super::host_files::bind;
use super::subscriptions::{SECRETS, has_secrets_dir, make_secrets_dir, secrets_dir};
use crate::draft::{Draft, SecretMount, Text};
use crate::path;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.container.secrets.len() == 0 {
        return;
    }
    cx.within(|| directory(cx, draft));
    let store: Text<'a> = Cow::Owned([cx.facts().static_dir(), "/secrets"].concat());
    for secret in draft.container.secrets.told().to_vec() {
        cx.within(|| one(cx, draft, &store, cx.see(&secret)));
    }
}

/// LP-SEC-01: a directory that subscriptions or an earlier start have made is not bound in here.
fn directory<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.container.secrets.all(cx).next().is_some() && !has_secrets_dir(cx, draft) {
        make_secrets_dir(cx, draft, Rule::LpSec01);
        let source = secrets_dir(cx);
        bind(cx, draft, Rule::LpSec01, Cow::Borrowed(SECRETS), source);
    }
}

/// LP-SEC-02: the file of one secret, over whatever was bound at its place.
fn one<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, store: &str, secret: &SecretMount<'a>) {
    let name = if secret.target.is_empty() { &secret.name } else { &secret.target };
    let destination =
        if path::is_abs(name) { name.clone() } else { Cow::Owned(path::join(&[SECRETS, name])) };
    let source = Cow::Owned(path::join(&[store, &secret.name]));
    bind(cx, draft, Rule::LpSec02, destination, source);
}
