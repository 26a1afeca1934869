//! Redaction: what is hidden compiles to the same places, and hiding it again hides nothing more.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::facts::{facts_from_json, redacted};
use ocify::{Options, Profile};
use shared::{Numbers, held, nearly_right};

fuzz_target!(|data: &[u8]| {
    let mut numbers = Numbers(data);
    let profile = if numbers.next() % 2 == 0 { Profile::Hardened } else { Profile::Podman43 };
    let Some((config, facts)) = nearly_right(&mut numbers) else { return };
    let hidden = redacted(&facts, &config);
    assert_eq!(redacted(&hidden, &config), hidden, "hidden again");
    let written = serde_json::to_string(&hidden).unwrap();
    assert_eq!(facts_from_json(&written).as_ref(), Ok(&hidden));
    let options = Options { profile };
    let (before, after) = (held::shape(&config, &facts, options), held::shape(&config, &hidden, options));
    if let Some(what) = held::differs(&before, &after) {
        panic!("{what}");
    }
});
