"""Which peers there are, what each can do, and how it is started.

`tools` is the folder that install.sh has filled; `programs`, which may be None, is the one with this
project's own broker, publish and subscribe.
"""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALL = ("3.1", "3.1.1", "5")
FEATURES = ("publish-subscribe", "retained", "will", "session", "password", "tls", "websocket")


@dataclass(frozen=True)
class Client:
    """A client: an agent (see README.md), or a pair of programs with mosquitto's options."""

    name: str
    # Who installs it, and as what.
    package: str
    versions: tuple
    command: tuple = ()
    programs: tuple = ()
    qos: tuple = (0, 1, 2)
    # What its library has no word for.
    cannot: tuple = ()
    # It speaks WebSocket alone.
    websocket_only: bool = False
    # It makes its topics of this, the name of the user being "user".
    prefix: str = ""

    def features(self):
        return tuple(feature for feature in FEATURES if feature not in self.cannot)


@dataclass(frozen=True)
class Broker:
    """A broker: `command` is given a folder, the version and the ports of plain MQTT, MQTT with
    names and passwords, TLS and WebSocket."""

    name: str
    # Who installs it, and as what.
    package: str
    versions: tuple
    command: tuple
    cannot: tuple = ()
    # Now and then one client suffers from what another one does: there is one at a time, and what
    # fails is tried again.
    alone: bool = False

    def features(self):
        return tuple(feature for feature in FEATURES if feature not in self.cannot)


def clients(tools, programs=None):
    here, python = HERE / "clients", str(tools / "venv/bin/python")
    node, rust = ("node",), tools / "rust/debug"
    found = [
        Client(
            "mosquitto",
            "apt mosquitto-clients",
            ALL,
            # What it says is read while it runs.
            programs=(("mosquitto_pub",), ("stdbuf", "-oL", "mosquitto_sub")),
            cannot=("websocket",),
        ),
        Client("paho-c", "apt libpaho-mqtt-dev", ALL, (tools / "bin/paho-c",)),
        Client("paho-cpp", "apt libpaho-mqttpp-dev", ALL, (tools / "bin/paho-cpp",)),
        Client("paho-python", "pip paho-mqtt", ALL, (python, here / "paho-python.py")),
        Client(
            "paho-js",
            "npm paho-mqtt",
            ("3.1", "3.1.1"),
            (*node, here / "paho-js.js"),
            cannot=("tls",),
            websocket_only=True,
        ),
        Client("mqttjs", "npm mqtt", ALL, (*node, here / "mqttjs.js")),
        Client(
            "gmqtt",
            "pip gmqtt",
            ("3.1.1", "5"),
            (python, here / "gmqtt-python.py"),
            cannot=("websocket",),
        ),
        Client("amqtt", "pip amqtt", ("3.1.1",), (python, here / "amqtt-python.py")),
        Client(
            "adafruit-minimqtt",
            "pip adafruit-circuitpython-minimqtt",
            ("3.1.1",),
            (python, here / "adafruit-minimqtt.py"),
            qos=(0, 1),
            cannot=("websocket",),
        ),
        Client(
            "adafruit-io",
            "pip adafruit-io",
            ("3.1.1",),
            (python, here / "adafruit-io.py"),
            qos=(0,),
            cannot=("retained", "will", "session", "tls", "websocket"),
            prefix="user/feeds/",
        ),
        Client("rumqttc", "cargo rumqttc", ("3.1.1", "5"), (rust / "rumqttc",)),
        Client("mqtt-endpoint-tokio", "cargo mqtt-endpoint-tokio", ("3.1.1", "5"), (rust / "mqtt-endpoint-tokio",)),
    ]
    if programs is not None:
        own = ((programs / "publish",), (programs / "subscribe",))
        found.append(Client("puremqtt", "", ALL, programs=own))
    return {client.name: client for client in found}


def brokers(tools, programs=None):
    here, python = HERE / "brokers", str(tools / "venv/bin/python")
    found = [
        # Debian builds it without WebSocket.
        Broker("mosquitto", "apt mosquitto", ALL, (here / "mosquitto.sh",), cannot=("websocket",)),
        Broker("aedes", "npm aedes", ("3.1", "3.1.1"), ("node", here / "aedes.mjs")),
        # It sends a retained message also to who has subscribed to another topic meanwhile.
        Broker(
            "amqtt", "pip amqtt", ("3.1.1",), (python, here / "amqtt-broker.py"), alone=True
        ),
        # A link that has ended says so by a number that a new connection may have by then: that
        # one is closed (`remote` in its server/broker.rs).
        Broker(
            "rumqttd",
            "cargo rumqttd",
            ("3.1.1", "5"),
            (tools / "rust/debug/rumqttd",),
            alone=True,
        ),
    ]
    if programs is not None:
        found.append(Broker("puremqtt", "", ALL, (here / "puremqtt.sh", programs / "broker")))
    return {broker.name: broker for broker in found}


def environment(tools, base):
    """What both kinds of peers are started with."""
    path = f"{tools / 'node/bin'}:{base.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    modules = str(tools / "node_modules")
    return {**base, "PATH": path, "NODE_PATH": modules, "PYTHONDONTWRITEBYTECODE": "1"}
