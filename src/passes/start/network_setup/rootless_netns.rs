//! The network namespace in which a user's bridges lie (LP-RNS).

use super::super::resolv_conf::of_rootless_netns;
use super::features;
use crate::draft::Text;
use crate::facts::Errno;
use crate::network::slirp4netns::{argv_for_rootless_netns, basic_args, dns, options};
use crate::path;
use crate::plan::{Effect, RootlessNetns};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// LP-RNS-01
pub(super) fn namespace<'a>(cx: &Cx<'a>) -> RootlessNetns<'a> {
    RootlessNetns {
        dir: Cow::Owned([cx.facts().tmp_dir(), "/rootless-netns"].concat()),
        netns: Cow::Borrowed(cx.facts().rootless_netns().map_or("", String::as_str)),
        runtime_dir: Cow::Borrowed(cx.facts().runtime_dir()),
    }
}

/// LP-RNS-02; nothing while a fact is missing.
pub(super) fn join<'a>(
    cx: &Cx<'a>,
    namespace: &RootlessNetns<'a>,
) -> Result<Option<Effect<'a>>, (Rule, Problem)> {
    let program = match cx.facts().slirp4netns() {
        Ok(program) => program.as_str(),
        Err(Errno::UNANSWERED) => return Ok(None),
        Err(_) => return Err((Rule::LpRns02, Problem::NoSlirp4netns)),
    };
    let refused = |rule| move |error| (rule, Problem::Slirp { error });
    // The engine's options alone: it is not one container's.
    let given = cx.facts().conf_network_cmd_options().map_or(&[][..], Vec::as_slice);
    let has = |name: &str| cx.facts().interfaces().iter().any(|interface| interface == name);
    let options =
        options(given.iter().map(String::as_str), has).map_err(refused(Rule::LpSlirp01))?;
    let features = features(cx.facts().slirp4netns_features());
    let no_pivot_root = cx.facts().conf_no_pivot_root() == Some(&true);
    let basic = basic_args(&options, features, no_pivot_root).map_err(refused(Rule::LpSlirp04))?;
    let id = cx.facts().id();
    let no_room = |error| {
        let cidr = options.subnet().map(|cidr| format!("{}/{}", cidr.network(), cidr.prefix));
        (Rule::LpSlirp15, Problem::RootlessNetnsDns { cidr: cidr.unwrap_or_default(), error })
    };
    let server = dns(options.subnet()).map_err(no_room)?;
    let resolv_conf = of_rootless_netns(cx, server.to_string(), options.enable_ipv6).map_err(
        |(file, errno)| {
            let file = file.into_owned();
            (Rule::LpRns02, Problem::HostFile { id: id.into(), file, errno })
        },
    )?;
    let netns: &'a str = cx.facts().rootless_netns().map_or("", String::as_str);
    let argv = argv_for_rootless_netns(program, basic, netns);
    Ok(Some(Effect::JoinRootlessNetns {
        namespace: namespace.clone(),
        run_dir: path::dir(netns),
        container_id: Cow::Borrowed(id),
        argv: argv.into_iter().map(|word| -> Text<'a> { Cow::Owned(word.into_owned()) }).collect(),
        without_dad: options.enable_ipv6,
        own_mount_namespace: !no_pivot_root && features.enable_sandbox,
        log: Cow::Owned(
            [cx.facts().tmp_dir(), "/slirp4netns-rootless-netns-", id, ".log"].concat(),
        ),
        resolv_conf: Cow::Owned(resolv_conf),
    }))
}
