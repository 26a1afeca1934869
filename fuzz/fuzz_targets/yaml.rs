//! Law 1, for YAML: whatever the text, it is read or told what is wrong with it; and what was read is read again from what it is written as.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::config::{Format, ParseError, Parsing, locate, parse_as};
use shared::in_bounds;

fuzz_target!(|text: &str| {
    for lenient in [false, true] {
        match parse_as(text, Format::Yaml, Parsing { api: false, lenient }) {
            Ok(config) => {
                let written = serde_json::to_string(&config).unwrap();
                let again = parse_as(&written, Format::Json, Parsing::default());
                assert_eq!(again.as_ref(), Ok(&config), "{written}");
                if let Some(key) = keys(&written).last() {
                    in_bounds(text, locate(text, Format::Yaml, key));
                }
            }
            Err(ParseError::Mistakes(mistakes)) => {
                assert!(!mistakes.is_empty());
                for mistake in mistakes.iter().take(4) {
                    in_bounds(text, locate(text, Format::Yaml, &mistake.path));
                }
            }
            Err(_) => {}
        }
    }
});

fn keys(written: &str) -> Vec<String> {
    let tree: serde_json::Value = serde_json::from_str(written).unwrap();
    tree.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}
