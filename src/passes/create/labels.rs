//! Labels and annotations (LBL, ANN).

use super::{image, pod};
use crate::config::Field;
use crate::draft::{Annotation, Draft};
use crate::problem::{Problem, WarningKind};
use crate::provenance::{Cx, Entries};
use crate::rules::Rule;
use crate::security::hardened::{Author, steers_runtime};
use alloc::{borrow::Cow, collections::BTreeSet, string::String};

/// What Podman's own annotations begin with.
const OWN: &str = "io.podman.annotations.";
/// What is reserved after [`OWN`].
const RESERVED: [&str; 9] = [
    "cid-file",
    "autoremove",
    "volumes-from",
    "privileged",
    "publish-all",
    "init",
    "label",
    "seccomp",
    "apparmor",
];

const SANDBOX_ID: &str = "io.kubernetes.cri-o.SandboxID";
const CONTAINER_TYPE: &str = "io.kubernetes.cri-o.ContainerType";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| labels(cx, draft));
    // SG-ANN-02: the first look at the pod, which must exist. Nothing else that is looked at here has a part in that.
    cx.within(|| pod::find(cx, draft));
    cx.within(|| annotations(cx, draft));
}

/// SG-LBL-01
fn labels<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().entries(Field::Labels, |c| &c.labels);
    for (key, value) in given.iter() {
        draft.container.labels.push(cx, Rule::OcGiven01, || pair(key, value.see(cx)));
    }
    if image::is_used(cx, draft) {
        for (key, value) in
            cx.facts().image_labels().into_iter().flatten().filter(|(key, _)| !given.has(key))
        {
            draft.container.labels.push(cx, Rule::SgLbl01, || pair(key, value));
        }
    }
}

/// From the highest source to the lowest: request, containers.conf, pod, image.
fn annotations<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // SG-ANN-04: free text; reserved keys lose only against `last`.
    let given = cx.config().entries(Field::Annotations, |c| &c.annotations);
    for (key, value) in given.iter() {
        // HD-ANN-02
        if cx.hardened() && steers_runtime(key, Author::Request) {
            draft.refuse(cx, Rule::HdAnn02, Problem::ControlAnnotation { key: key.into() });
        }
        draft.spec.annotations.push(cx, Rule::SgAnn04, || pair(key, value.see(cx)));
    }
    let mut taken = Taken { given, more: BTreeSet::new() };
    // SG-ANN-03: of two with one key the later wins.
    for text in cx.facts().conf_annotations().into_iter().flatten().rev() {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if taken.add(key) {
            draft.spec.annotations.push(cx, Rule::SgAnn03, || pair(key, value));
        }
    }
    cx.within(|| of_pod(cx, draft, &mut taken));
    // SG-ANN-01
    if image::is_used(cx, draft) {
        for (key, value) in cx
            .facts()
            .image_annotations()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !is_reserved(key))
        {
            if !taken.add(key) {
                continue;
            }
            // HD-ANN-01
            if cx.hardened() && steers_runtime(key, Author::Image) {
                draft.spec.annotations.absent(cx, Rule::HdAnn01, key);
                let kind = WarningKind::ImageAnnotation { key: key.clone() };
                draft.warn(cx, Rule::HdAnn01, kind);
                continue;
            }
            draft.spec.annotations.push(cx, Rule::SgAnn01, || pair(key, value));
        }
    }
}

/// Keys that a higher source has.
struct Taken<'a> {
    given: Entries<'a, String>,
    more: BTreeSet<&'a str>,
}

impl<'a> Taken<'a> {
    /// Takes a key; `false` where it is taken.
    fn add(&mut self, key: &'a str) -> bool {
        !self.given.has(key) && self.more.insert(key)
    }
}

/// SG-ANN-02
fn of_pod<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, taken: &mut Taken<'a>) {
    let Some(pod) = pod::of(cx, draft) else { return };
    let sandbox = pod.infra.as_ref().map_or(&pod.id, |infra| &infra.container.id);
    for (key, value) in [(SANDBOX_ID, sandbox.as_str()), (CONTAINER_TYPE, "container")] {
        if taken.add(key) {
            draft.spec.annotations.push(cx, Rule::SgAnn02, || pair(key, value));
        }
    }
    if !cx.config().init_container_type().is_empty() && pod.running {
        draft.refuse(cx, Rule::SgLib22, Problem::InitContainerInRunningPod);
    }
}

/// SG-ANN-01, Q-36: the two words are on Podman's list by mistake.
fn is_reserved(key: &str) -> bool {
    matches!(key, "TRUE" | "FALSE")
        || key.strip_prefix(OWN).is_some_and(|rest| RESERVED.contains(&rest))
}

fn pair<'a>(key: &'a str, value: &'a str) -> Annotation<'a> {
    Annotation { key: Cow::Borrowed(key), value: Cow::Borrowed(value) }
}

/// SG-ANN-05: over what anybody has written there.
pub(super) fn last<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let list = &mut draft.spec.annotations;
    let mut flag = |key: &'static str, on: &dyn Fn() -> bool| {
        let new = cx.decide(Rule::SgAnn05, || pair(key, if on() { "TRUE" } else { "FALSE" }));
        list.put(cx, new);
    };
    flag("io.podman.annotations.autoremove", &|| *cx.config().remove());
    flag("io.podman.annotations.publish-all", &|| *cx.config().publish_image_ports());
    flag("io.podman.annotations.privileged", &|| *cx.config().privileged());
    flag("io.podman.annotations.init", &|| *cx.config().init());
    cx.within(|| {
        let from = cx.config().volumes_from();
        if !from.is_empty() {
            let joined = Annotation {
                key: Cow::Borrowed("io.podman.annotations.volumes-from"),
                value: Cow::Owned(from.join(",")),
            };
            let new = cx.decide(Rule::SgAnn05, || joined);
            list.put(cx, new);
        }
    });
    list.sort_by(|a, b| a.key.cmp(&b.key));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Pairs};
    use crate::facts::{Facts, Image, Infra, Pod};
    use crate::options::Profile;
    use std::collections::BTreeMap;
    use std::string::ToString as _;
    use std::vec::Vec;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().copied().collect()
    }

    /// Labels and annotations that come of a config, as `key=value`, or the first refusal.
    fn made(config: &Config, facts: &Facts) -> Result<[Vec<String>; 2], String> {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        for pass in [image::find, run, last] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        if let Some(first) = draft.refusals.first() {
            return Err(first.problem.to_string());
        }
        let texts = |list: &crate::provenance::List<Annotation<'_>>| {
            list.values().map(|a| std::format!("{}={}", a.key, a.value)).collect()
        };
        Ok([texts(&draft.container.labels), texts(&draft.spec.annotations)])
    }

    fn facts() -> Facts {
        let mut image = Image {
            annotations: map(&[("a", "img"), ("io.podman.annotations.init", "x"), ("TRUE", "x")]),
            ..Image::default()
        };
        image.config.labels = Some(map(&[("l1", "img"), ("l2", "img")]));
        Facts { image: Some(image), ..Facts::default() }
    }

    fn config() -> Config {
        Config { image: "full".into(), ..Config::default() }
    }

    const OWN_FALSE: [&str; 4] = [
        "io.podman.annotations.autoremove=FALSE",
        "io.podman.annotations.init=FALSE",
        "io.podman.annotations.privileged=FALSE",
        "io.podman.annotations.publish-all=FALSE",
    ];

    #[test]
    fn the_images_labels_fill_up_the_requests() {
        // SG-LBL-01: E-02
        let given = Config { labels: pairs(&[("l2", "mine"), ("l3", "mine")]), ..config() };
        assert_eq!(made(&given, &facts()).unwrap()[0], ["l2=mine", "l3=mine", "l1=img"]);
        let rootfs = Config { image: String::new(), rootfs: "/r".into(), ..given };
        let [labels, annotations] = made(&rootfs, &facts()).unwrap();
        assert_eq!(labels, ["l2=mine", "l3=mine"]);
        assert_eq!(annotations, OWN_FALSE);
    }

    #[test]
    fn annotations_have_four_sources() {
        // SG-ANN-01, SG-ANN-03, SG-ANN-04: E-78
        let mut facts = facts();
        facts.conf.containers.annotations =
            Some(["k=v", "n", "a=b=c", "n=2"].map(Into::into).into());
        let [_, annotations] =
            made(&Config { annotations: pairs(&[("k", "u")]), ..config() }, &facts).unwrap();
        assert_eq!(annotations[0], "a=b=c");
        assert_eq!(annotations[1..5], OWN_FALSE);
        assert_eq!(annotations[5..], ["k=u", "n=2"]);
    }

    #[test]
    fn podmans_own_are_written_last() {
        // SG-ANN-05: E-79
        let given = Config {
            annotations: pairs(&[
                ("io.podman.annotations.privileged", "TRUE"),
                ("io.podman.annotations.label", "free"),
            ]),
            remove: true,
            init: true,
            volumes_from: ["x:ro", "y"].map(Into::into).into(),
            ..config()
        };
        let [_, annotations] =
            made(&given, &Facts { image: Some(Image::default()), ..Facts::default() }).unwrap();
        assert_eq!(
            annotations,
            [
                "io.podman.annotations.autoremove=TRUE",
                "io.podman.annotations.init=TRUE",
                "io.podman.annotations.label=free",
                "io.podman.annotations.privileged=FALSE",
                "io.podman.annotations.publish-all=FALSE",
                "io.podman.annotations.volumes-from=x:ro,y",
            ]
        );
    }

    #[test]
    fn a_pod_is_named_by_its_infra_container() {
        // SG-ANN-02, SG-POD-08: E-76
        let mut facts = facts();
        let mut infra = Infra::default();
        infra.container.id = "infra".into();
        facts.pods.insert(
            "P",
            Pod { id: "pod".into(), infra: Some(infra), running: true, ..Pod::default() },
        );
        facts.pods.insert("Q", Pod { id: "q".into(), ..Pod::default() });
        facts.pods.insert("none", Pod::default());
        let given = |pod: &str| Config { pod: pod.into(), ..config() };
        for (pod, sandbox) in [("P", "infra"), ("Q", "q")] {
            let [_, annotations] = made(&given(pod), &facts).unwrap();
            assert_eq!(
                annotations[1..3],
                [
                    "io.kubernetes.cri-o.ContainerType=container".into(),
                    std::format!("{SANDBOX_ID}={sandbox}")
                ]
            );
        }
        assert_eq!(
            made(&given("none"), &facts).unwrap_err(),
            "no pod with name or ID none found: no such pod"
        );
        let init = |pod| made(&Config { init_container_type: "once".into(), ..given(pod) }, &facts);
        assert_eq!(init("P").unwrap_err(), "cannot add init-ctr to a running pod");
        assert!(init("Q").is_ok());
    }
}
