#!/bin/sh
# Instructions for each match or search, under callgrind. Needs valgrind.
# usage: ./instructions.sh [COUNT]
set -eu
cd "$(dirname "$0")"
cargo build --release
program=${CARGO_TARGET_DIR:-target}/release/rivals
count=${1:-10000}

measure() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect='*measured*' "$program" measured "$@" 2>&1 |
        awk -v case="$*" '/Collected/ { printf "%-36s%8.0f\n", case, $4 / 1000 }'
}

for kind in exact plus hash miss; do
    measure puremqtt "$kind"
    measure rumqttc "$kind"
done
for kind in exact plus10 hash1; do
    for name in puremqtt mqtt-topic-engine rmqtt; do
        measure "$name" "$kind" "$count"
    done
done
