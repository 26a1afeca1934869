//! Law 1, for requests: whatever the text, strictly, leniently and as Podman's API reads it; and what was read is read again.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::config::{Format, ParseError, Parsing, locate, parse_as};
use shared::in_bounds;

fuzz_target!(|text: &str| {
    for (api, lenient) in [(true, false), (false, true), (false, false)] {
        match parse_as(text, Format::Json, Parsing { api, lenient }) {
            Ok(config) => {
                let written = serde_json::to_string(&config).unwrap();
                let again = parse_as(&written, Format::Json, Parsing::default());
                assert_eq!(again.as_ref(), Ok(&config), "{written}");
                // What Podman wrote means the same to Podman.
                let again = parse_as(&written, Format::Json, Parsing { api: true, lenient: false });
                assert_eq!(again.as_ref(), Ok(&config), "{written}");
                let _ = ocify::questions(&config);
            }
            Err(ParseError::Mistakes(mistakes)) => {
                assert!(!mistakes.is_empty());
                for mistake in mistakes.iter().take(4) {
                    in_bounds(text, locate(text, Format::Json, &mistake.path));
                }
            }
            Err(_) => {}
        }
    }
});
