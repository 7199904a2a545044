"""Which release of a peer is installed."""

import json
import subprocess
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent


def apt(name):
    """The upstream version of a package of Debian."""
    query = ["dpkg-query", "-W", "-f", "${Version}", name]
    found = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    return found.rpartition("-")[0].rpartition(":")[2]


def pip(name):
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines)[name]


def npm(name):
    return json.loads((HERE / "package.json").read_text())["dependencies"][name]


def cargo(name):
    packages = tomllib.loads((HERE / "rust/Cargo.lock").read_text())["package"]
    return next(package["version"] for package in packages if package["name"] == name)


def full_name(peer):
    """The name and the release, as "mosquitto 2.0.11"."""
    if not peer.package:
        return peer.name
    installer, name = peer.package.split()
    release = {"apt": apt, "pip": pip, "npm": npm, "cargo": cargo}[installer](name)
    return f"{peer.name} {release}".strip()
