//! Digests: of what says the same they are the same, and the canonical form is its own.
//!
//! Text is a spec; behind a first byte of 1 a case with changes follows.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::digest;
use serde_json::Value;
use shared::{Numbers, held, nearly_right, read_config, read_facts};

fuzz_target!(|data: &[u8]| {
    if let Some(rest) = data.strip_prefix(&[1]) {
        let mut numbers = Numbers(rest);
        let mut order = u64::from(numbers.next());
        let Some((config, facts)) = nearly_right(&mut numbers) else { return };
        let inside = value(&digest::canonical_config(&config));
        let again = read_config(&inside).unwrap_or_else(|| panic!("{inside}"));
        assert_eq!(digest::config(&again), digest::config(&config), "{inside}");
        let other = held::shuffled(&serde_json::to_value(&config).unwrap(), &mut order);
        let other = read_config(&serde_json::from_str(&other).unwrap()).unwrap();
        assert_eq!(digest::config(&other), digest::config(&config));
        let inside = value(&digest::canonical_facts(&facts));
        let again = read_facts(&inside).unwrap_or_else(|| panic!("{inside}"));
        assert_eq!(digest::facts(&again), digest::facts(&facts), "{inside}");
        return;
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(form) = digest::canonical_spec(text) else { return };
    assert!(!form.contains('\n'));
    let start = form.find("\"value\":").unwrap() + "\"value\":".len();
    let again = digest::canonical_spec(&form[start..form.len() - 1]).unwrap();
    assert_eq!(again, form);
});

/// The value inside of a canonical form.
fn value(form: &str) -> Value {
    serde_json::from_str::<Value>(form).unwrap()["value"].take()
}
