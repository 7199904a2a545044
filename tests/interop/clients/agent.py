"""What the agents in Python share: commands come in as lines, answers go out as lines.

See "Agents" in ../README.md.
"""

import sys
import threading


class Refused(Exception):
    """The broker has answered, and it was no."""


class Arguments:
    """HOST PORT VERSION TRANSPORT CAFILE"""

    def __init__(self):
        self.host, port, self.version, self.transport, self.ca = sys.argv[1:6]
        self.port = int(port)


class Connect:
    """What `connect` asks for; a `-` is None."""

    def __init__(self, words):
        words = [None if word == "-" else word for word in words]
        self.client_id, clean, expiry, self.user, self.password, *will = words
        self.clean, self.expiry = clean == "1", int(expiry)
        self.will_topic, self.will_payload, qos, retain = will
        self.will_qos, self.will_retain = int(qos), retain == "1"


LOCK = threading.Lock()
ANSWERS = sys.stdout
# What a library prints is no answer.
sys.stdout = sys.stderr


def say(*words):
    with LOCK:
        print(*words, file=ANSWERS, flush=True)


def message(topic, payload, qos, retain):
    text = bytes(payload).decode() or "-"
    say("message", topic, text, int(qos), int(bool(retain)))


def commands():
    for line in sys.stdin:
        if line.strip():
            command, *words = line.split()
            yield command, words


def serve(agent):
    """Calls `agent.connect(Connect)`, `subscribe(filter, qos)`, `unsubscribe(filter)`,
    `publish(topic, payload, qos, retain)` and `disconnect()`, each of which returns when it is
    done; what `connect` returns is Session Present, None being unknown."""
    for command, words in commands():
        try:
            say(*perform(agent, command, words))
        except Refused as refused:
            say("refused", refused)
        except Exception as error:  # whatever a library raises is an answer
            say("error", type(error).__name__, error)


def perform(agent, command, words):
    if command == "connect":
        present = agent.connect(Connect(words))
        return "connected", "-" if present is None else int(present)
    if command == "subscribe":
        agent.subscribe(words[0], int(words[1]))
        return ("subscribed",)
    if command == "unsubscribe":
        agent.unsubscribe(words[0])
        return ("unsubscribed",)
    if command == "publish":
        topic, payload, qos, retain = words
        agent.publish(topic, "" if payload == "-" else payload, int(qos), retain == "1")
        return ("published",)
    if command == "disconnect":
        agent.disconnect()
        return ("disconnected",)
    return "error", "unknown", command
