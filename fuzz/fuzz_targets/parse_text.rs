//! Law 1, for text: whatever it is, it is read or told what is wrong with it; and what was read is read again from what it is written as.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocify::config::{Format, ParseError, Parsing, locate, parse_as};
use ocify::facts::facts_from_json;

fuzz_target!(|text: &str| {
    for format in [Format::Json, Format::Yaml] {
        for parsing in [
            Parsing { api: true, lenient: false },
            Parsing { api: false, lenient: true },
            Parsing { api: false, lenient: false },
        ] {
            match parse_as(text, format, parsing) {
                Ok(config) => {
                    let written = serde_json::to_string(&config).unwrap();
                    let again = parse_as(&written, Format::Json, Parsing::default());
                    assert_eq!(again.as_ref(), Ok(&config), "{written}");
                }
                Err(ParseError::Mistakes(mistakes)) => {
                    assert!(!mistakes.is_empty());
                    for mistake in mistakes.iter().take(4) {
                        place(text, format, &mistake.path);
                    }
                }
                Err(_) => {}
            }
        }
    }
    let _ = facts_from_json(text);
});

/// A place that is found is in the text.
fn place(text: &str, format: Format, path: &str) {
    if let Some((line, column)) = locate(text, format, path) {
        assert!(line >= 1 && column >= 1, "{path} at {line}:{column}");
    }
}
