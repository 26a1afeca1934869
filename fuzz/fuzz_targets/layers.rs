//! Layers, divided by NUL: whatever they are, they are read or told what is wrong; and what says nothing new changes nothing.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::config::{Format, Layer, ParseError, Parsing, parse_as, parse_layers};
use shared::in_bounds;

/// Places that are asked for besides those of mistakes.
const PATHS: [&str; 8] =
    ["command", "command[0]", "env.A", "mounts[0]", "mounts[1].options[0]", "netns", "volumes[0].Dest", "resource_limits.memory.limit"];

fuzz_target!(|text: &str| {
    let layer = |text| Layer { text, format: Format::of(text) };
    let layers: Vec<Layer<'_>> = text.split('\0').take(4).map(layer).collect();
    let nothing = layer("");
    match parse_layers(&layers, false) {
        Ok(layered) => {
            for path in PATHS {
                if let Some((at, line, column)) = layered.locate(&layers, path) {
                    in_bounds(layers[at].text, Some((line, column)));
                }
                if let Some((at, _)) = layered.origin(path) {
                    assert!(at < layers.len());
                }
            }
            // Nothing, below, above or between, changes nothing.
            for at in 0..=layers.len() {
                let mut more = layers.clone();
                more.insert(at, nothing);
                let more = parse_layers(&more, false).unwrap_or_else(|e| panic!("{e:?}"));
                assert_eq!(more.config, layered.config);
            }
            if let [one] = layers[..] {
                // `!override` has a meaning among layers alone.
                if !one.text.contains("!override") {
                    let alone = parse_as(one.text, one.format, Parsing::default());
                    assert_eq!(alone.as_ref(), Ok(&layered.config));
                }
                // Laid over itself it says what it said. What the first time joins entries has joined them the second time.
                let twice = parse_layers(&[one, one], false).unwrap_or_else(|e| panic!("{e:?}"));
                let thrice = parse_layers(&[one, one, one], false).unwrap_or_else(|e| panic!("{e:?}"));
                assert_eq!(twice.config, thrice.config);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                let of = layers[error.layer];
                let ParseError::Mistakes(mistakes) = error.error else { continue };
                for mistake in mistakes.iter().take(4) {
                    in_bounds(of.text, ocify::config::locate(of.text, of.format, &mistake.path));
                }
            }
        }
    }
});
