//! Lists the compiler's own rules, those that no line of Podman stands for: one line each.

macro_rules! own_rules {
    ($next:ident $($then:ident)*; $($before:tt)*) => {
        $next! {
            $($then)*;
            $($before)*
            OcGiven01 "OC-GIVEN-01" "The value is taken as the config gives it." "ocify";
            OcShort01 "OC-SHORT-01" "The config gives the value in a short form, which stands for this long form of the create request." "ocify";
            OcDefault01 "OC-DEFAULT-01" "Every spec starts from one fixed skeleton: the default mounts, the namespaces `pid`, `network`, `ipc`, `uts` and `mount`, the user 0:0 and the directory `/`. What stands here is the skeleton's, for nothing has replaced it." "pkg/specgen/generate/oci_linux.go: SpecGenToOCI";
            OcMissing01 "OC-MISSING-01" "The value depends on a fact about the host that was asked for and not answered, so it is refused rather than guessed." "ocify";
        }
    };
}
pub(super) use own_rules;
