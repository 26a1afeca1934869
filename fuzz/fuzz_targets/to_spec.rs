//! Law 3: what is written is what the crate `oci-spec` makes of it and writes again, and what is written twice is the same.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::{Options, Profile, compile};
use shared::{Numbers, held, nearly_right};

fuzz_target!(|data: &[u8]| {
    let mut numbers = Numbers(data);
    let profile = if numbers.next() % 2 == 0 { Profile::Hardened } else { Profile::Podman43 };
    let Some((config, facts)) = nearly_right(&mut numbers) else { return };
    let Ok(compiled) = compile(&config, &facts, &Options { profile }) else { return };
    let Some((typed, written)) = held::both_forms(&compiled) else { return };
    assert_eq!(typed, written);
});
