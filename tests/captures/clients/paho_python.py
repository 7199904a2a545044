"""What record.py makes paho-mqtt do: paho_python.py VERSION SCENARIO PORT."""

import sys
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

VERSION, SCENARIO, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
PROTOCOL = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}[VERSION]
TEMPERATURE = "area/10/sensor/5000/temperature"
TIMEOUT = 10


def properties(packet_type, **values):
    result = Properties(packet_type)
    for name, value in values.items():
        setattr(result, name, value)
    return result


class Client(mqtt.Client):
    """A client whose calls return once the broker has answered."""

    def __init__(self, client_id, **options):
        super().__init__(mqtt.CallbackAPIVersion.VERSION2, client_id, protocol=PROTOCOL, **options)
        self.answers = threading.Semaphore(0)
        self.received = threading.Semaphore(0)
        for name in ("on_connect", "on_subscribe", "on_unsubscribe", "on_disconnect"):
            setattr(self, name, lambda *_: self.answers.release())
        self.on_message = lambda *_: self.received.release()

    def answered(self):
        if not self.answers.acquire(timeout=TIMEOUT):
            sys.exit("no answer from the broker")

    def open(self, **options):
        self.connect("127.0.0.1", PORT, **options)
        self.loop_start()
        self.answered()

    def ask(self, call, *args, **options):
        call(*args, **options)
        self.answered()

    def send(self, *args, **options):
        self.publish(*args, **options).wait_for_publish(TIMEOUT)

    def close(self, **options):
        time.sleep(0.5)  # messages may still be on the way in
        self.ask(self.disconnect, **options)
        self.loop_stop()


def essentials():
    options = {} if VERSION == "5" else {"clean_session": True}
    client = Client("paho-python", **options)
    client.username_pw_set("operator", "swordfish")
    client.will_set("area/10/status", b"\x00\x01gone", qos=2, retain=True)
    client.open(keepalive=30)
    filters = [("area/10/#", 2), ("area/+/sensor/+/humidity", 1), ("área/十", 0)]
    if VERSION == "5":
        filters = [(name, SubscribeOptions(qos=level)) for name, level in filters]
    client.ask(client.subscribe, filters)
    for level in range(3):
        client.send(TEMPERATURE, f"21.{level}", qos=level)
    client.send("área/十", "21,5 °C", qos=1, retain=True)
    client.send("área/十", None, qos=1, retain=True)
    client.send("area/10/sensor/5000/raw", bytes(range(200)), qos=2)
    client.ask(client.unsubscribe, ["area/10/#", "area/+/sensor/+/humidity", "area/99"])
    client.close()


def with_properties():
    client = Client("paho-python")
    will = properties(
        PacketTypes.WILLMESSAGE,
        WillDelayInterval=5,
        PayloadFormatIndicator=1,
        MessageExpiryInterval=60,
        ContentType="text/plain",
        ResponseTopic="area/10/reply",
        CorrelationData=b"\x00\xff",
        UserProperty=[("unit", "celsius"), ("unit", "°C")],
    )
    client.will_set("area/10/status", "gone", qos=1, properties=will)
    client.open(
        keepalive=60,
        clean_start=True,
        properties=properties(
            PacketTypes.CONNECT,
            SessionExpiryInterval=120,
            ReceiveMaximum=10,
            MaximumPacketSize=100000,
            TopicAliasMaximum=10,
            RequestResponseInformation=1,
            RequestProblemInformation=1,
            UserProperty=[("site", "lisbon")],
        ),
    )
    client.send(TEMPERATURE, "nobody", qos=1)  # PUBACK 0x10
    client.send(TEMPERATURE, "listens", qos=2)  # PUBREC 0x10
    client.send(TEMPERATURE, "kept", qos=1, retain=True)
    options = [
        ("area/10/#", SubscribeOptions(qos=2, noLocal=True)),
        (TEMPERATURE, SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=1)),
        ("area/+/sensor/#", SubscribeOptions(qos=0, retainHandling=2)),
    ]
    for identifier, option in zip((1, 200, 268435455), options):
        client.ask(
            client.subscribe,
            [option],
            properties=properties(
                PacketTypes.SUBSCRIBE,
                SubscriptionIdentifier=identifier,
                UserProperty=("number", str(identifier)),
            ),
        )
    message = {
        "PayloadFormatIndicator": 1,
        "MessageExpiryInterval": 3600,
        "ContentType": "text/plain",
        "ResponseTopic": "area/10/reply",
        "CorrelationData": bytes(range(16)),
        "UserProperty": [("unit", "celsius"), ("", "")],
    }
    for level in range(3):  # the alias is set by the first, and used by the others
        client.send(
            TEMPERATURE if level == 0 else "",
            f"21.{level}",
            qos=level,
            properties=properties(PacketTypes.PUBLISH, TopicAlias=10, **message),
        )
    client.ask(
        client.unsubscribe,
        ["area/10/#", "area/99"],  # UNSUBACK 0x00 0x11
        properties=properties(PacketTypes.UNSUBSCRIBE, UserProperty=("why", "done")),
    )
    client.close(
        reasoncode=ReasonCode(PacketTypes.DISCONNECT, identifier=0x04),
        properties=properties(
            PacketTypes.DISCONNECT,
            SessionExpiryInterval=0,
            ReasonString="switched off",
            UserProperty=("why", "done"),
        ),
    )


def alias_invalid():
    """A topic alias above the broker's Topic Alias Maximum: DISCONNECT from the broker."""
    client = Client("paho-python")
    client.open()
    alias = properties(PacketTypes.PUBLISH, TopicAlias=11)
    client.ask(client.publish, TEMPERATURE, "21.0", qos=1, properties=alias)
    client.loop_stop()


def resend():
    """The recorder breaks the first connection at the PUBLISH, so the second repeats it."""
    client = Client("paho-python")
    client.reconnect_delay_set(1, 1)
    client.open(properties=properties(PacketTypes.CONNECT, SessionExpiryInterval=60))
    client.send(TEMPERATURE, "21.5", qos=2)
    client.disconnect()
    client.loop_stop()


def redelivery():
    """The broker repeats, with DUP, what was not acknowledged before the connection ended."""
    client = Client("paho-python", clean_session=False, manual_ack=True)
    client.open()
    client.ask(client.subscribe, "area/10/#", 1)
    client.send(TEMPERATURE, "21.5", qos=1)
    client.received.acquire(timeout=TIMEOUT)
    client.ask(client.disconnect)
    client.loop_stop()
    client = Client("paho-python", clean_session=False)
    client.open()
    client.received.acquire(timeout=TIMEOUT)
    client.close()


{
    "essentials": essentials,
    "properties": with_properties,
    "alias-invalid": alias_invalid,
    "resend": resend,
    "redelivery": redelivery,
}[SCENARIO]()
