//! Layers: each file of `fixtures/layers` has some, and the one config that says the same, or what is wrong with them.

use ocify::config::{Format, Layer, Parsing, parse, parse_as, parse_layers};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    shows: String,
    layers: Vec<String>,
    config: Option<String>,
    #[serde(default)]
    places: BTreeMap<String, String>,
    #[serde(default)]
    refused: Vec<String>,
}

#[test]
fn layers_say_together_what_one_config_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/layers");
    let mut seen = 0;
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let case: Case = serde_yaml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let name = format!("{}, {}", file.display(), case.shows);
        let layers: Vec<Layer<'_>> =
            case.layers.iter().map(|text| Layer { text, format: Format::of(text) }).collect();
        match (parse_layers(&layers, false), case.config) {
            (Ok(layered), Some(config)) => {
                assert_eq!(layered.config, parse(&config).unwrap(), "{name}");
                let place = |path: &String| match layered.locate(&layers, path) {
                    Some((layer, line, column)) => format!("{}:{line}:{column}", layer + 1),
                    None => "none".to_owned(),
                };
                let places: BTreeMap<String, String> =
                    case.places.keys().map(|path| (path.clone(), place(path))).collect();
                assert_eq!(places, case.places, "{name}");
            }
            (Err(errors), None) => {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                assert_eq!(errors, case.refused, "{name}");
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
        seen += 1;
    }
    assert!(seen >= 4);
}

/// One layer is a config; and nothing, or itself, laid over a config changes nothing.
#[test]
fn a_layer_that_says_nothing_new_changes_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut seen = 0;
    for area in fs::read_dir(folder).unwrap().map(|area| area.unwrap().path()) {
        for case in fs::read_dir(area).into_iter().flatten().map(|case| case.unwrap().path()) {
            let Ok(text) = fs::read_to_string(case.join("request.yaml")) else { continue };
            let Ok(config) = parse_as(&text, Format::Yaml, Parsing::default()) else { continue };
            let layer = Layer { text: &text, format: Format::Yaml };
            let nothing = Layer { text: "", format: Format::Yaml };
            for layers in [vec![layer], vec![layer, nothing], vec![nothing, layer]] {
                let layered = parse_layers(&layers, false).unwrap();
                assert_eq!(layered.config, config, "{}", case.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}
