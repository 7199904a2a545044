#!/usr/bin/env python3
"""Hold the decoder's output against tshark's dissection of the same bytes.

    tshark.py                        every pair of captures
    tshark.py 5/mqttjs-properties    only the pairs whose name starts so
    tshark.py --tshark-only [...]    only print what tshark reads (no decoder needed)

Each pair <name>.client.bin and <name>.server.bin becomes one TCP connection of a
pcap file, which tshark dissects. The same files are decoded with

    cargo run -q --example inspect -- --json --version VERSION FILE

(INSPECT in the environment replaces the words before --json), and the fields of
both are compared packet by packet. Every difference is printed; the exit status is
1 when there is one, 2 when a tool is missing or fails. Needed: tshark, cargo.
"""

import json
import os
import shlex
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VERSIONS = ("3.1", "3.1.1", "5")
INSPECT = shlex.split(os.environ.get("INSPECT", "cargo run -q --example inspect --"))

TYPES = (
    "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE "
    "UNSUBACK PINGREQ PINGRESP DISCONNECT AUTH"
).split()

PROPERTIES = {
    0x01: "payload_format_indicator",
    0x02: "message_expiry_interval",
    0x03: "content_type",
    0x08: "response_topic",
    0x09: "correlation_data",
    0x0B: "subscription_identifier",
    0x11: "session_expiry_interval",
    0x12: "assigned_client_identifier",
    0x13: "server_keep_alive",
    0x15: "authentication_method",
    0x16: "authentication_data",
    0x17: "request_problem_information",
    0x18: "will_delay_interval",
    0x19: "request_response_information",
    0x1A: "response_information",
    0x1C: "server_reference",
    0x1F: "reason_string",
    0x21: "receive_maximum",
    0x22: "topic_alias_maximum",
    0x23: "topic_alias",
    0x24: "maximum_qos",
    0x25: "retain_available",
    0x26: "user_property",
    0x27: "maximum_packet_size",
    0x28: "wildcard_subscription_available",
    0x29: "subscription_identifier_available",
    0x2A: "shared_subscription_available",
}

# --- The pcap file ---------------------------------------------------------------

SEGMENT = 60_000
CLIENT, SERVER = (bytes([10, 0, 0, 1]), 0), (bytes([10, 0, 0, 2]), 1883)
FIRST_PORT = 20_000  # the client's port of the first pair; the next pairs count up
SYN, ACK, PUSH = 0x02, 0x10, 0x08


def frame(source, target, sequence, acknowledged, flags, data=b""):
    """An Ethernet frame; the checksums stay zero, tshark does not verify them."""
    ports = source[1], target[1]
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
    length = 20 + len(tcp) + len(data)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, length, 0, 0x4000, 64, 6, 0) + source[0] + target[0]
    return bytes(12) + b"\x08\x00" + ip + tcp + data


def connection_frames(port, sent, answered):
    """The client's bytes first, so that tshark knows the version from CONNECT."""
    client, server = (CLIENT[0], port), SERVER
    yield frame(client, server, 0, 0, SYN)
    yield frame(server, client, 0, 1, SYN | ACK)
    yield frame(client, server, 1, 1, ACK)
    for at in range(0, len(sent), SEGMENT):
        yield frame(client, server, 1 + at, 1, ACK | PUSH, sent[at : at + SEGMENT])
    for at in range(0, len(answered), SEGMENT):
        part = answered[at : at + SEGMENT]
        yield frame(server, client, 1 + at, 1 + len(sent), ACK | PUSH, part)


def write_pcap(path, pairs):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        time = 0
        for number, pair in enumerate(pairs):
            data = [path.read_bytes() for path in files(pair).values()]
            for each in connection_frames(FIRST_PORT + number, *data):
                out.write(struct.pack("<IIII", time, 0, len(each), len(each)) + each)
                time += 1


# --- tshark's reading, in the form that inspect prints ---------------------------


def raw(field):
    """The bytes of a field; an empty one has no value."""
    value = field.get("value", "")
    return bytes.fromhex(value if len(value) % 2 == 0 else "0" + value)


def number(field):
    """The number that a field shows; for a part of a byte the shifted value."""
    return int(field.get("show"), 0)


def text(field):
    return raw(field).decode()


def hexed(field):
    return raw(field).hex()


def read_properties(group, packet_type):
    """mqtt.properties or mqtt.will_properties, as an object."""
    result, name = {}, None
    for field in group:
        kind = field.get("name")
        if kind == "mqtt.property_id":
            name = PROPERTIES[number(field)]
            if name == "user_property":
                result.setdefault(name, []).append([None, None])
        elif kind == "mqtt.prop_key":
            result[name][-1][0] = text(field)
        elif kind == "mqtt.prop_value":
            result[name][-1][1] = text(field)
        elif kind == "mqtt.prop_string":
            data = name in ("correlation_data", "authentication_data")
            result[name] = hexed(field) if data else text(field)
        elif kind == "mqtt.property.content_type":
            # tshark counts the two length bytes into the bytes of this field.
            result[name] = raw(field)[2:].decode()
        elif kind in NUMBERS:
            if name == "subscription_identifier" and packet_type == "PUBLISH":
                result.setdefault(name, []).append(number(field))
            else:
                result[name] = number(field)
        elif kind not in LENGTHS:
            raise SystemExit(f"tshark field {kind} is new to this script")
    return result


LENGTHS = {"mqtt.property_len", "mqtt.prop_string_len", "mqtt.prop_key_len", "mqtt.prop_value_len"}
NUMBERS = {"mqtt.prop_number", "mqtt.property.topic_alias", "mqtt.property.max_qos"}

# Fields that name the same thing in tshark and in inspect, and how to read them.
PLAIN = {
    "mqtt.protoname": ("protocol_name", text),
    "mqtt.ver": ("protocol_version", number),
    "mqtt.kalive": ("keep_alive", number),
    "mqtt.clientid": ("client_identifier", text),
    "mqtt.username": ("user_name", text),
    "mqtt.passwd": ("password", hexed),
    "mqtt.dupflag": ("dup", lambda field: bool(number(field))),
    "mqtt.qos": ("qos", number),
    "mqtt.retain": ("retain", lambda field: bool(number(field))),
    "mqtt.msgid": ("packet_identifier", number),
    "mqtt.msg": ("payload", hexed),
    "mqtt.conack.flags.sp": ("session_present", lambda field: bool(number(field))),
    "mqtt.conack.val": ("return_code", number),
    "mqtt.connack.reason_code": ("reason_code", number),
    "mqtt.puback.reason_code": ("reason_code", number),
    "mqtt.pubrec.reason_code": ("reason_code", number),
    "mqtt.pubrel.reason_code": ("reason_code", number),
    "mqtt.pubcomp.reason_code": ("reason_code", number),
    "mqtt.disconnect.reason_code": ("reason_code", number),
    "mqtt.auth.reason_code": ("reason_code", number),
}

CODES = {
    "mqtt.suback.qos": "return_codes",
    "mqtt.suback.reason_code": "reason_codes",
    "mqtt.unsuback.reason_code": "reason_codes",
}

OPTIONS = {
    "mqtt.sub.qos": ("qos", number),
    "mqtt.subscription_options_qos": ("qos", number),
    "mqtt.subscription_options_nl": ("no_local", lambda field: bool(number(field))),
    "mqtt.subscription_options_rap": ("retain_as_published", lambda field: bool(number(field))),
    "mqtt.subscription_options_retain": ("retain_handling", number),
}


def read_packet(proto, version):
    """One <proto name="mqtt"> of tshark's PDML."""
    fields = [field for field in proto.iter("field") if field.get("name", "").startswith("mqtt.")]
    first = {field.get("name"): field for field in reversed(fields)}
    kind = TYPES[number(first["mqtt.msgtype"]) - 1]
    packet, filters = {"type": kind}, []

    if kind == "PUBLISH":
        packet.update(topic_name="", payload="")
    # A packet that leaves its reason code out means 0x00, by the standard.
    if version == "5" and kind in "PUBACK PUBREC PUBREL PUBCOMP DISCONNECT AUTH".split():
        packet["reason_code"] = 0

    for field in fields:
        name = field.get("name")
        if name in PLAIN:
            key, read = PLAIN[name]
            # In 3.1 the first byte of SUBSCRIBE, UNSUBSCRIBE and PUBREL has DUP and QoS
            # bits. They are no fields of the decoder's packets: it checks them.
            if key in ("dup", "qos", "retain") and kind != "PUBLISH":
                continue
            packet[key] = read(field)
        elif name == "mqtt.topic":
            if kind == "PUBLISH":
                # Without a value this is the name that tshark looked up for a topic alias:
                # the packet itself has none.
                packet["topic_name"] = text(field)
            else:
                filters.append({"topic_filter": text(field)})
        elif name in OPTIONS:
            key, read = OPTIONS[name]
            filters[-1][key] = read(field)
        elif name in CODES:
            packet.setdefault(CODES[name], []).append(number(field))

    if kind == "SUBSCRIBE":
        packet["subscriptions"] = filters
    if kind == "UNSUBSCRIBE":
        packet["topic_filters"] = [each["topic_filter"] for each in filters]
    if "mqtt.properties" in first:
        packet["properties"] = read_properties(first["mqtt.properties"], kind)
    if kind == "CONNECT":
        clean = "clean_start" if version == "5" else "clean_session"
        packet[clean] = bool(number(first["mqtt.conflag.cleansess"]))
        if number(first["mqtt.conflag.willflag"]):
            packet["will"] = will = {
                "will_topic": text(first["mqtt.willtopic"]),
                "will_payload": hexed(first["mqtt.willmsg"]),
                "will_qos": number(first["mqtt.conflag.qos"]),
                "will_retain": bool(number(first["mqtt.conflag.retain"])),
            }
            if "mqtt.will_properties" in first:
                will["will_properties"] = read_properties(first["mqtt.will_properties"], kind)
    return packet


def run(command, **options):
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=600, **options)
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is not installed") from None
    if done.returncode != 0:
        raise SystemExit(f"{shlex.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def tshark_packets(pairs):
    """{(pair, "client" or "server"): packets} as tshark reads them."""
    result = {(pair, side): [] for pair in pairs for side in ("client", "server")}
    with tempfile.TemporaryDirectory() as folder:
        pcap = Path(folder, "captures.pcap")
        write_pcap(pcap, pairs)
        pdml = run(["tshark", "-r", str(pcap), "-T", "pdml", "-J", "tcp mqtt"])
    for each in ElementTree.fromstring(pdml).iter("packet"):
        ports = {}
        for field in each.iter("field"):
            if field.get("name") in ("tcp.srcport", "tcp.dstport"):
                ports.setdefault(field.get("name"), number(field))
        side = "server" if ports["tcp.srcport"] == SERVER[1] else "client"
        port = ports["tcp.dstport" if side == "server" else "tcp.srcport"]
        pair = pairs[port - FIRST_PORT]
        for proto in each.iter("proto"):
            if proto.get("name") == "_ws.malformed":
                raise SystemExit(f"tshark calls {pair}.{side}.bin malformed")
            if proto.get("name") == "mqtt":
                result[pair, side].append(read_packet(proto, pair.split("/")[0]))
    return result


# --- The comparison --------------------------------------------------------------


def leaves(value, path=""):
    """The single values in an object, with their paths. Flags count as 0 and 1, and an
    empty object is the same as none."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, f"{path}[{at}]")
    else:
        yield path, int(value) if isinstance(value, bool) else value


def skip(packet, version):
    """Drop the fields that only one side has."""
    if version == "3.1" and packet["type"] == "CONNACK":
        # 3.1 has a reserved byte where 3.1.1 has the session present flag, and tshark
        # shows no flag there.
        packet.pop("session_present", None)


def files(pair):
    return {side: HERE / f"{pair}.{side}.bin" for side in ("client", "server")}


def compare(where, ours, theirs):
    """The number of fields compared, and the differences."""
    for packet in (ours, theirs):
        skip(packet, where.split("/")[0])
    ours, theirs = dict(leaves(ours)), dict(leaves(theirs))
    found = [
        f"{where} {path}: decoder {ours.get(path, 'none')!r}, tshark {theirs.get(path, 'none')!r}"
        for path in sorted(ours.keys() | theirs.keys())
        if ours.get(path) != theirs.get(path)
    ]
    return len(ours.keys() | theirs.keys()), found


def main(arguments):
    only = "--tshark-only" in arguments
    wanted = tuple(each for each in arguments if not each.startswith("--"))
    pairs = [
        f"{version}/{path.name[: -len('.client.bin')]}"
        for version in VERSIONS
        for path in sorted((HERE / version).glob("*.client.bin"))
    ]
    pairs = [pair for pair in pairs if not wanted or pair.startswith(wanted)]
    if not pairs:
        raise SystemExit("no captures of that name")
    packets = fields = 0
    differences = []
    for (pair, side), theirs in tshark_packets(pairs).items():
        if only:
            for each in theirs:
                print(f"{pair}.{side}", json.dumps(each, ensure_ascii=False))
            packets += len(theirs)
            continue
        command = [*INSPECT, "--json", "--version", pair.split("/")[0], str(files(pair)[side])]
        ours = [json.loads(line) for line in run(command, cwd=ROOT).splitlines()]
        if len(ours) != len(theirs):
            differences.append(f"{pair}.{side}: {len(ours)} packets, tshark {len(theirs)}")
        for at, both in enumerate(zip(ours, theirs), 1):
            count, found = compare(f"{pair}.{side} packet {at} ({both[1]['type']})", *both)
            packets, fields = packets + 1, fields + count
            differences += found
    for each in differences:
        print(each)
    if only:
        print(f"{packets} packets in {len(pairs)} pairs")
    else:
        print(
            f"{packets} packets in {len(pairs)} pairs, {fields} fields compared: "
            f"{len(differences)} differences"
        )
    return 1 if differences else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            sys.exit(2)
        raise
