//! The final command, with the init binary (CMD, INIT).

use super::image;
use crate::draft::{Draft, Text};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String, vec::Vec};

/// Where the init binary is in the container, and how it takes a command. That it can be used was seen to with the mounts.
const INIT: [&str; 2] = ["/run/podman-init", "--"];

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let (entrypoint, command) =
        (cx.config().entrypoint().as_deref(), cx.config().command().as_deref());
    let from_image = image::is_used(cx, draft);
    // SG-CMD-01
    let first = match entrypoint {
        None if from_image => cx.facts().image_entrypoint().map_or(&[][..], Vec::as_slice),
        given => given.unwrap_or_default(),
    };
    // SG-CMD-02: whether the image's command counts depends on the request's entrypoint, not on the image's.
    let then = match command.unwrap_or_default() {
        [] if from_image && entrypoint.unwrap_or_default().is_empty() => {
            cx.facts().image_cmd().map_or(&[][..], Vec::as_slice)
        }
        given => given,
    };
    let args = joined(first, then);
    if args.is_empty() {
        return draft.refuse(cx, Rule::SgCmd05, Problem::NoCommand);
    }
    // Read before the command is set: that nothing stands in front of it is owed to this as well.
    let init = *cx.config().init();
    draft.spec.process.args.set(cx, Rule::SgCmd03, || args);
    cx.within(|| {
        if init {
            draft.spec.process.args.amend(cx, Rule::SgCmd04, |args| {
                INIT.into_iter().map(Cow::Borrowed).chain(args.iter().cloned()).collect()
            });
        }
    });
}

/// SG-CMD-03
fn joined<'a>(entrypoint: &'a [String], command: &'a [String]) -> Vec<Text<'a>> {
    // SG-CMD-01: exactly one empty word stands for no entrypoint.
    let entrypoint = match entrypoint {
        [only] if only.is_empty() => &[],
        words => words,
    };
    entrypoint.iter().chain(command).map(|word| Cow::Borrowed(word.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::facts::{Facts, Image};
    use crate::options::Profile;
    use std::string::ToString;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    /// The command of a config over the image `full` of the worked cases, or the refusal.
    fn args(config: &Config) -> Result<Vec<String>, String> {
        let mut facts = Facts { image: Some(Image::default()), ..Facts::default() };
        let image = &mut facts.image.as_mut().unwrap().config;
        (image.entrypoint, image.cmd) = (Some(texts(&["/ep", "a"])), Some(texts(&["c1", "c2"])));
        let cx = Cx::new(config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        for pass in [image::find, run] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        match draft.refusals.first() {
            Some(first) => Err(first.problem.to_string()),
            None => Ok(draft
                .spec
                .process
                .args
                .value()
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect()),
        }
    }

    fn given(entrypoint: Option<&[&str]>, command: Option<&[&str]>) -> Config {
        Config {
            image: "full".into(),
            entrypoint: entrypoint.map(texts),
            command: command.map(texts),
            ..Config::default()
        }
    }

    #[test]
    fn entrypoint_and_command_come_from_request_and_image() {
        // SG-CMD-01, -02, -03, -05: E-02 to E-07
        let none =
            Err("no command or entrypoint provided, and no CMD or ENTRYPOINT from image"
                .to_string());
        for (entrypoint, command, expected) in [
            (None, None, Ok(&["/ep", "a", "c1", "c2"][..])),
            (Some(&["/x"][..]), None, Ok(&["/x"])),
            (Some(&["/x"]), Some(&["c"][..]), Ok(&["/x", "c"])),
            (Some(&[]), None, Ok(&["c1", "c2"])),
            (Some(&[""]), None, Err(())),
            (Some(&[""]), Some(&["q"]), Ok(&["q"])),
            (Some(&["", ""]), None, Ok(&["", ""])),
            (None, Some(&["z"]), Ok(&["/ep", "a", "z"])),
            (None, Some(&[]), Ok(&["/ep", "a", "c1", "c2"])),
            (Some(&[]), Some(&[""]), Ok(&[""])),
        ] {
            let expected = expected.map(texts).or_else(|()| none.clone());
            assert_eq!(args(&given(entrypoint, command)), expected, "{entrypoint:?} {command:?}");
        }
        let rootfs =
            |command| Config { image: String::new(), rootfs: "/r".into(), ..given(None, command) };
        assert_eq!(args(&rootfs(None)), none);
        assert_eq!(args(&rootfs(Some(&["a"]))), Ok(texts(&["a"])));
    }

    #[test]
    fn the_init_comes_first() {
        // SG-CMD-04: E-55
        let init = Config { init: true, ..given(None, Some(&["z"])) };
        assert_eq!(args(&init).unwrap(), ["/run/podman-init", "--", "/ep", "a", "z"]);
    }
}
