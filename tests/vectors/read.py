#!/usr/bin/env python3
"""Read every accepted vector by the standards alone, and compare what it means.

    read.py [FILE...]      all of *.jsonl beside this script, or these

A reader of well-formed packets of MQTT 3.1, 3.1.1 and 5.0 that shares nothing with the
crate. It judges nothing: of a row it checks `meaning`, and `canonical` as far as short
forms and long lengths go. Each difference is printed; the exit status is then 1.
"""

import json
import sys
from pathlib import Path

TYPES = (
    "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE "
    "UNSUBACK PINGREQ PINGRESP DISCONNECT AUTH"
).split()

# Identifier, name and type of each property (5.0, 2.2.2.2).
PROPERTIES = {
    0x01: ("payload_format_indicator", "byte"),
    0x02: ("message_expiry_interval", "four bytes"),
    0x03: ("content_type", "text"),
    0x08: ("response_topic", "text"),
    0x09: ("correlation_data", "data"),
    0x0B: ("subscription_identifier", "varint"),
    0x11: ("session_expiry_interval", "four bytes"),
    0x12: ("assigned_client_identifier", "text"),
    0x13: ("server_keep_alive", "two bytes"),
    0x15: ("authentication_method", "text"),
    0x16: ("authentication_data", "data"),
    0x17: ("request_problem_information", "byte"),
    0x18: ("will_delay_interval", "four bytes"),
    0x19: ("request_response_information", "byte"),
    0x1A: ("response_information", "text"),
    0x1C: ("server_reference", "text"),
    0x1F: ("reason_string", "text"),
    0x21: ("receive_maximum", "two bytes"),
    0x22: ("topic_alias_maximum", "two bytes"),
    0x23: ("topic_alias", "two bytes"),
    0x24: ("maximum_qos", "byte"),
    0x25: ("retain_available", "byte"),
    0x26: ("user_property", "pair"),
    0x27: ("maximum_packet_size", "four bytes"),
    0x28: ("wildcard_subscription_available", "byte"),
    0x29: ("subscription_identifier_available", "byte"),
    0x2A: ("shared_subscription_available", "byte"),
}


class Reader:
    """Bytes that are taken from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            raise ValueError("the packet is too short")
        return self.data[start : self.at]

    def rest(self):
        return self.take(len(self.data) - self.at)

    def more(self):
        return self.at < len(self.data)

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def varint(self):
        value = 0
        for place in range(4):
            byte = self.number(1)
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value
        raise ValueError("a length of more than four bytes")

    def data_field(self):
        return self.take(self.number(2)).hex()

    def text(self):
        return self.take(self.number(2)).decode()

    def value(self, kind):
        counts = {"byte": 1, "two bytes": 2, "four bytes": 4}
        if kind in counts:
            return self.number(counts[kind])
        if kind == "pair":
            return [self.text(), self.text()]
        return {"text": self.text, "data": self.data_field, "varint": self.varint}[kind]()

    def properties(self, packet_type):
        block, result = Reader(self.take(self.varint())), {}
        while block.more():
            name, kind = PROPERTIES[block.varint()]
            value = block.value(kind)
            if kind == "pair" or (packet_type == "PUBLISH" and kind == "varint"):
                result.setdefault(name, []).append(value)
            elif name in result:
                raise ValueError(f"{name} stands twice")
            else:
                result[name] = value
        return result


def varint(value):
    result = bytearray()
    while True:
        value, byte = divmod(value, 128)
        if value == 0:
            return bytes([*result, byte])
        result.append(byte | 0x80)


def frame(first, body):
    return bytes([first]) + varint(len(body)) + body


def without_nothing(packet):
    return {key: value for key, value in packet.items() if value is not None and value != {}}


def read(version, data):
    """What the packet means, and how it is written; None where nobody may send it."""
    reader = Reader(data)
    first, length = reader.number(1), reader.varint()
    body = reader.rest()
    if len(body) != length:
        raise ValueError("not one packet")
    kind = TYPES[(first >> 4) - 1]
    reader = Reader(body)
    packet, canonical = {"type": kind}, body
    v5 = version == "5.0"
    if kind == "CONNECT":
        canonical = read_connect(packet, reader, body)
    elif kind == "CONNACK":
        flags = reader.number(1)
        packet["session_present"] = None if version == "3.1" else bool(flags & 1)
        packet["reason_code" if v5 else "return_code"] = reader.number(1)
        packet["properties"] = reader.properties(kind) if v5 else None
    elif kind == "PUBLISH":
        packet.update(dup=bool(first & 8), qos=first >> 1 & 3, retain=bool(first & 1))
        packet["topic_name"] = reader.text()
        packet["packet_identifier"] = reader.number(2) if packet["qos"] else None
        packet["properties"] = reader.properties(kind) if v5 else None
        packet["payload"] = reader.rest().hex()
    elif kind in ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT", "AUTH"):
        canonical = read_with_short_form(packet, reader, body, v5)
    elif kind not in ("PINGREQ", "PINGRESP"):
        packet["packet_identifier"] = reader.number(2)
        packet["properties"] = reader.properties(kind) if v5 else None
        read_list(packet, reader, v5)
    if reader.more():
        raise ValueError("bytes follow the last field")
    # Of the flags these have, 3.1 alone has DUP.
    if kind in ("PUBREL", "SUBSCRIBE", "UNSUBSCRIBE") and first & 8:
        packet["dup"] = True
    return without_nothing(packet), None if canonical is None else frame(first, canonical)


def read_connect(packet, reader, body):
    packet["protocol_name"], packet["protocol_version"] = reader.text(), reader.number(1)
    level, at_flags = packet["protocol_version"], reader.at
    v5, flags = level == 5, reader.number(1)
    packet["clean_start" if v5 else "clean_session"] = bool(flags & 2)
    packet["keep_alive"] = reader.number(2)
    packet["properties"] = reader.properties("CONNECT") if v5 else None
    packet["client_identifier"] = reader.text()
    if flags & 4:
        packet["will"] = without_nothing(
            {
                "will_properties": reader.properties("will") if v5 else None,
                "will_topic": reader.text(),
                "will_payload": reader.data_field(),
                "will_qos": flags >> 3 & 3,
                "will_retain": bool(flags & 0x20),
            }
        )
    written = bytearray(body)
    for flag, key, take in (
        (0x80, "user_name", reader.text),
        (0x40, "password", reader.data_field),
    ):
        if flags & flag and (reader.more() or level != 3):
            packet[key] = take()
        else:
            # 3.1 may end before either, and it is written as if it had no flag.
            written[at_flags] &= ~flag
    is_empty = packet["client_identifier"] == ""
    unsent = is_empty and (level == 3 or (level == 4 and not flags & 2))
    return None if unsent else bytes(written)


def read_with_short_form(packet, reader, body, v5):
    if packet["type"] not in ("DISCONNECT", "AUTH"):
        packet["packet_identifier"] = reader.number(2)
    before = reader.at
    if not v5:
        return body
    code = packet["reason_code"] = reader.number(1) if reader.more() else 0
    properties = reader.properties(packet["type"]) if reader.more() else {}
    packet["properties"] = properties
    # The standard's table of this packet lacks the code, its table of codes does not (2.4).
    if packet["type"] == "DISCONNECT" and code == 0x8C:
        return None
    if properties:
        return body
    return body[:before] + (bytes([code]) if code else b"")


def read_list(packet, reader, v5):
    kind = packet["type"]
    if kind == "SUBSCRIBE":
        packet["subscriptions"] = []
        while reader.more():
            one, options = {"topic_filter": reader.text()}, reader.number(1)
            one["qos"] = options & 3
            if v5:
                one["no_local"] = bool(options & 4)
                one["retain_as_published"] = bool(options & 8)
                one["retain_handling"] = options >> 4 & 3
            packet["subscriptions"].append(one)
    elif kind == "UNSUBSCRIBE":
        packet["topic_filters"] = []
        while reader.more():
            packet["topic_filters"].append(reader.text())
    elif v5 or kind == "SUBACK":
        packet["reason_codes" if v5 else "return_codes"] = list(reader.rest())


def main(arguments):
    files = [Path(each) for each in arguments] or sorted(Path(__file__).parent.glob("*.jsonl"))
    rows = accepted = differences = 0
    for file in files:
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            rows += 1
            if row["verdict"] != "accept":
                continue
            accepted += 1
            meaning, canonical = read(row["version"], bytes.fromhex(row["bytes"]))
            written = None if canonical is None else canonical.hex()
            for key, ours in (("meaning", meaning), ("canonical", written)):
                if ours != row.get(key):
                    differences += 1
                    print(f"{row['name']}: {key} is {row.get(key)!r}, read as {ours!r}")
    print(f"{accepted} accepted of {rows} rows read: {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
