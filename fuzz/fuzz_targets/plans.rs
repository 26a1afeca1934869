//! Law 5: whichever step of a plan fails, cannot be taken back, or cannot be written down, nothing is left that nobody knows of.
#![no_main]

mod shared;

#[path = "../../tests/it/recording.rs"]
#[allow(dead_code, reason = "the tests look closer")]
mod recording;

use libfuzzer_sys::fuzz_target;
use ocify::{Options, Profile, compile};
use recording::{Wrong, carried_out};
use shared::{Numbers, nearly_right};

fuzz_target!(|data: &[u8]| {
    let mut numbers = Numbers(data);
    let wrong = Wrong {
        effect: numbers.perhaps(32),
        back: numbers.perhaps(32),
        save: numbers.perhaps(64),
    };
    let profile = if numbers.next() % 2 == 0 { Profile::Hardened } else { Profile::Podman43 };
    let Some((config, facts)) = nearly_right(&mut numbers) else { return };
    let Ok(compiled) = compile(&config, &facts, &Options { profile }) else { return };
    let (result, seen) = carried_out(&compiled.plan, wrong);
    assert!(result.is_err() || seen.saved.prepared, "{wrong:?}");
});
