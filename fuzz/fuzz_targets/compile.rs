//! Laws 1, 2 and 7: whatever the config and the facts, the compiler answers, gives the same answer again, and the hardened profile holds the
//! security rules.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::{Compiled, Options, Profile, compile};
use serde_json::Value;
use shared::{Numbers, held, nearly_right};

fuzz_target!(|data: &[u8]| {
    let Some((config, facts)) = nearly_right(&mut Numbers(data)) else { return };
    for profile in [Profile::Podman43, Profile::Hardened] {
        let options = Options { profile };
        match (compile(&config, &facts, &options), compile(&config, &facts, &options)) {
            (Ok(first), Ok(second)) => {
                let bytes = first.to_json();
                assert_eq!(bytes, second.to_json());
                serde_json::from_slice::<Value>(&bytes).unwrap();
                let plan = |of: &Compiled<'_>| serde_json::to_string(&of.written_plan(&config, &facts)).unwrap();
                assert_eq!(plan(&first), plan(&second));
                assert!(!first.places().is_empty());
            }
            (Err(first), Err(second)) => {
                assert!(!first.diagnostics.is_empty() || !first.missing.is_empty(), "refused without a reason");
                assert_eq!(format!("{:?}", first.diagnostics), format!("{:?}", second.diagnostics));
            }
            _ => panic!("one of two compilations of the same inputs is refused"),
        }
    }
    let left = held::weaknesses(&config, &facts);
    assert!(left.is_empty(), "{left:#?}\n{}", serde_json::to_string(&config).unwrap());
});
