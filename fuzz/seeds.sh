#!/usr/bin/env bash
# Fills a directory, fuzz/corpus where none is named, with the fixtures: what is nearly right finds more than what is random.
set -euo pipefail
cd "$(dirname "$0")"
corpus=${1:-corpus}
mkdir -p "$corpus"/{yaml,request_json,facts_json,compile,to_spec,parsers,plans,check,layers,redact,digest}
for request in ../fixtures/*/*/request.* ../fixtures/bad/* ../fixtures/layers/* ../examples/*.yaml; do
    name=${request#../}
    case $request in
        *.yaml) cp "$request" "$corpus/yaml/${name//\//_}"; cp "$request" "$corpus/layers/${name//\//_}" ;;
        *.json | *.jsn) cp "$request" "$corpus/request_json/${name//\//_}" ;;
    esac
done
cp ../fixtures/hosts/*.json ../examples/hosts/*.json ../fixtures/bad/facts_* ../fixtures/check/features/*.json "$corpus/facts_json/"
printf '%s' '{"format_version":"1.0","id":"a","name":"b","bundle":"/c","prepared":true,"steps":[]}' > "$corpus/facts_json/state"
# Pairs of layers.
printf 'env: {A: "1"}\nmounts: ["type=tmpfs,dst=/tmp"]\ncap_drop: [ALL]\n\0env: {A: null, B: "2"}\nmounts: ["type=bind,src=/a,dst=/tmp/"]\ncap_drop: !override []\n' > "$corpus/layers/pair"
printf 'command: [a]\nresource_limits: {memory: {limit: 1}}\n\0memory: 2m\n\0{"command": null, "r_limits": ["nofile=1:2"]}' > "$corpus/layers/three"
for spec in ../fixtures/check/*/spec.json; do
    name=${spec#../fixtures/check/}
    cp "$spec" "$corpus/check/${name//\//_}"
    { cat "$spec"; printf '\0'; cat ../fixtures/check/features/runc-1.1.5.json; } > "$corpus/check/with_${name//\//_}"
    cp "$spec" "$corpus/digest/${name//\//_}"
done
# Numbers of two bytes: what the target itself asks for, the case, then changes.
numbers() {
    local bytes='' two number
    for number in "$@"; do
        printf -v two '\\x%02x\\x%02x' "$((number & 255))" "$((number >> 8))"
        bytes+=$two
    done
    # shellcheck disable=SC2059
    printf "$bytes"
}
cases=$(find ../fixtures -name case.toml | wc -l)
for case in $(seq 0 "$((cases - 1))"); do
    numbers "$case" 1 "$((case * 7))" 3 "$case" 3 "$((case * 11))" 4 1 0 5 "$case" > "$corpus/compile/$case"
    numbers 0 "$case" 2 "$((case * 5))" 3 1 > "$corpus/to_spec/$case"
    numbers "$((case % 8))" "$((case % 5))" "$((case % 7 * 3))" 0 "$case" 0 "$((case * 3))" 1 > "$corpus/plans/$case"
    numbers 0 "$case" 3 "$((case * 5))" 3 1 > "$corpus/redact/$case"
    { printf '\1'; numbers "$case" "$((case % 3))" "$case" 1 "$((case * 5))" 3 1; } > "$corpus/check/case_$case"
    { printf '\1'; numbers "$case" "$case" 1 "$((case * 5))" 3 1; } > "$corpus/digest/case_$case"
done
seed() { printf "%b" "\\x$1$2" > "$corpus/parsers/$1_$3"; }
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
seed 10 '10.88.0.0/16\0::ffff:10.0.0.1' address
seed 11 '8080/tcp\n53/udp\n1000-1010\0tcp,sctp' ports
seed 12 'net_admin,CAP_CHOWN,ALL\0kill' caps
seed 13 '/a/b/../c\0/a=/d/e\n/d/e/c=../x' links
seed 14 '{"version":"1.0.0","hook":{"path":"/h","args":["h"],"timeout":3},"when":{"annotations":{"^a":"b$"},"commands":["x"],"hasBindMounts":true},"stages":["prestart"]}' hook
seed 15 'ann:100000:65536\n0::/user.slice/a\n31 30 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n33 30 0:29 / /c rw - cgroup cgroup rw,cpu,cpuacct\nCapEff:\t0000000000200000\0ann\ncpu:/a' host
