#!/usr/bin/env bash
# Fills fuzz/corpus with the fixtures: what is nearly right finds more than what is random.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/parse_text corpus/compile_twice corpus/parsers
for request in ../fixtures/*/*/request.* ../fixtures/bad/*.yaml ../fixtures/bad/*.json ../examples/*.yaml; do
    name=${request#../}
    cp "$request" "corpus/parse_text/${name//\//_}"
done
cp ../fixtures/hosts/cpus_96.json corpus/parse_text/
# One number for the case, then changes.
for case in $(seq 0 99); do
    printf "%b" "$(printf '\\x%02x\\0\\0\\0\\x01\\0\\0\\0\\x05\\0\\0\\0\\x02\\0\\0\\0\\x07\\0\\0\\0' "$case")" > "corpus/compile_twice/case_$case"
done
seed() { printf "%b" "\\x$1$2" > "corpus/parsers/$1_$3"; }
seed 00 'alice:users\0root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n' user
seed 01 'video,44\0root:x:0:\nvideo:x:44:alice\n' groups
seed 02 '[containers]\nenv = ["A=1"]\npids_limit = 100\n[engine]\nruntime = "crun"\n\0[containers]\ndns_servers = ["9.9.9.9"]\n' conf
seed 03 'nameserver 127.0.0.53\nsearch a b\noptions ndots:1\n\0009.9.9.9' resolv
seed 04 '127.0.0.1 localhost\n::1 a b # c\n\0a' hosts
seed 05 'A=${A:-x}/$B\nB\nC*\n\0value' env
seed 06 '/dev/fuse:/dev/x:rwm\0/dev' device
seed 07 '{"cdiVersion": "0.3.0", "kind": "a.b/c", "devices": [{"name": "d", "containerEdits": {"env": ["A=1"]}}]}\0a.b/c=d' cdi
seed 08 '         0       1000          1\n         1     100000      65536\n\0000:0:1' idmap
seed 09 'ro,nosuid,rbind,z,size=1m' options
seed 0a 'data:/x:U\n/srv:/y:ro,z\n/z:O,upperdir=/a' volume
seed 0b '{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}], "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}' seccomp
seed 0c '/a/../b//c/./\0../d' path
seed 0d 'cidr=10.0.0.0/24,mtu=1500,enable_ipv6=true,outbound_addr=eth0' slirp
seed 0e '/proc/a*:[a-c]?\0/proc/acpi' mask
seed 0f '^/bin/(a|b+)[^x]{1,3}$\0/bin/bbyy' regexp
