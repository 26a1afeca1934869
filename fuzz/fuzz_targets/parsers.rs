//! Law 1, for each text of a host that the compiler reads: passwd, group, resolv.conf, containers.conf, seccomp profiles, hooks, ...
//!
//! The first byte chooses the reader, the rest is its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocify::parts::device::{cdi, spec};
use ocify::parts::files::{hosts, resolv_conf};
use ocify::parts::mount::{options, volume_string};
use ocify::facts::NetworkSubnet;
use ocify::parts::network::{addresses, expose, leases};
use ocify::parts::path::secure_join;
use ocify::parts::security::caps::{self, CapSet};
use ocify::parts::security::seccomp::SeccompProfile;
use ocify::parts::user::{groups, lookup};
use ocify::parts::{env, hook, idmap, network, path, quote, security};
use std::borrow::Cow;
use std::collections::BTreeMap;

fuzz_target!(|data: &[u8]| {
    let Some((which, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (first, second) = text.split_once('\0').unwrap_or((text, ""));
    match which % 22 {
        0 => {
            let _ = lookup::exec_user(first, Some(second), Some(second));
            let _ = lookup::find_user(Some(second), first);
            let _ = lookup::octal_id(first);
        }
        1 => {
            let wanted: Vec<&str> = first.split(',').collect();
            let _ = groups::extra_groups(&wanted, Some(second));
            let _ = lookup::find_group(Some(second), first);
        }
        2 => {
            let _ = ocify::config::conf::merge(&[first, second]);
        }
        3 => {
            let _ = resolv_conf::local_resolver(first);
            let added = resolv_conf::add(first, &[second]);
            assert!(added.contains(second));
            let _ = resolv_conf::netns_file(first);
        }
        4 => {
            let _ = hosts::split(first);
            let names = [second];
            let entries = [hosts::Entry { ip: "10.0.0.1", names: &names }];
            let _ = hosts::without(&hosts::additions(first, &entries), &entries);
        }
        5 => {
            let engine = BTreeMap::from([("A".to_owned(), second.to_owned())]);
            let _ = env::parse::read(first.lines(), &engine);
            let mut env = BTreeMap::from([(Cow::Borrowed("A"), Cow::Borrowed(second))]);
            let _ = env::shell::merge(first.lines(), &mut env);
        }
        6 => {
            let _ = spec::parse(first);
            let _ = spec::source(first);
            let _ = spec::parse_directory(first, second);
            let _ = cdi::qualified(first);
        }
        7 => {
            let file = cdi::SpecFile { priority: 0, path: "/etc/cdi/x.json", text: first };
            let registry = cdi::registry([file], |_| Err(String::new()));
            let _ = registry.resolve(&[second]);
        }
        8 => {
            let _ = idmap::ranges(first);
            let _ = idmap::keep_id_options(first);
            let _ = idmap::from_texts(&[first], &[second]);
        }
        9 => {
            for tmpfs in [true, false] {
                let words = first.split(',').map(Cow::Borrowed).collect();
                let _ = options::process(words, tmpfs, options::Defaults::WITHOUT_SOURCE);
            }
        }
        10 => {
            let _ = volume_string::parse_all(first.lines(), "/", |path| Ok::<_, ()>(Cow::Borrowed(path)));
        }
        11 => {
            if let Ok(profile) = SeccompProfile::parse(first) {
                for arch in ["amd64", "arm64", "s390x"] {
                    if let Ok(Some(selected)) = profile.select(arch, CapSet::up_to(40)) {
                        let mut out = Vec::new();
                        selected.write_json(&mut out);
                        serde_json::from_slice::<serde_json::Value>(&out).unwrap();
                    }
                }
            }
        }
        12 => {
            let clean = path::clean(first);
            assert_eq!(path::clean(&clean), clean);
            let _ = path::join(&[first, second]);
            let _ = (path::dir(first), path::base(first), path::depth(first), path::is_below(first, second));
            let _ = quote::Quoted(first).to_string();
        }
        13 => {
            let _ = network::slirp4netns::options(first.split(','), |name| name == second);
            let _ = network::slirp4netns::Features::read(first);
        }
        14 => {
            let _ = security::mask::matches(first, second);
            let _ = security::mask::is_unmasked(second, [first]);
            let _ = security::mask::malformed(first).count();
        }
        15 => {
            if let Ok(pattern) = hook::regexp::Regexp::new(first) {
                let _ = pattern.matches(second);
            }
        }
        16 => {
            if let Some(cidr) = addresses::parse_cidr(first) {
                assert!(cidr.contains(cidr.network()));
                let _ = leases::Range::of(&NetworkSubnet::of(first)).map(|range| range.free(None, |address| address == range.first));
            }
            if let Some(text) = addresses::canonical_text(second) {
                assert_eq!(addresses::canonical_text(&text).as_deref(), Some(&*text));
            }
        }
        17 => {
            let _ = expose::protocols(second);
            let _ = expose::exposed(first.lines(), [(80, second)]);
            if let Ok(config) = ocify::parse(&format!("portmappings: [{first:?}]")) {
                let _ = ocify::questions(&config);
            }
        }
        18 => {
            let words: Vec<&str> = first.split(',').collect();
            if let Ok(named) = caps::parse(&words, CapSet::up_to(40)) {
                let _ = format!("{named:?}");
            }
            let _ = caps::merge(&["CAP_CHOWN", "CAP_KILL"], &words, &second.split(',').collect::<Vec<_>>(), CapSet::up_to(40), CapSet::up_to(37));
            let _ = CapSet::from_hex(first);
        }
        19 => {
            // A link at each path that the second text names.
            let links: BTreeMap<&str, &str> = second.lines().filter_map(|line| line.split_once('=')).collect();
            let joined = secure_join::secure_join(first, |path| {
                Ok::<_, ()>(links.get(path).map_or(secure_join::Link::NotLink, |to| secure_join::Link::To(to)))
            });
            if let Ok(joined) = joined {
                assert!(joined.starts_with('/') && !joined.split('/').any(|part| part == ".."), "{joined}");
            }
        }
        20 => {
            let file = [("/etc/containers/oci/hooks.d/a.json", first)];
            let _ = hook::read(["/etc/containers/oci/hooks.d"], &file, |_| Ok(()));
        }
        _ => ocify::linux::gather::fuzzed::host_texts(first, second),
    }
});
