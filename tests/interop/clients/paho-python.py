#!/usr/bin/env python3
"""Eclipse Paho Python as an agent."""

import ssl
import threading

import paho.mqtt.client as mqtt
from agent import Arguments, Refused, message, serve
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

VERSIONS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}
SECONDS = 10


class Agent:
    def __init__(self):
        self.arguments = Arguments()
        self.version = VERSIONS[self.arguments.version]
        self.client = None

    def connect(self, wanted):
        websockets = self.arguments.transport == "ws"
        options = {}
        if self.version != mqtt.MQTTv5:
            options["clean_session"] = wanted.clean
        self.client = client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=wanted.client_id,
            protocol=self.version,
            transport="websockets" if websockets else "tcp",
            reconnect_on_failure=False,
            **options,
        )
        if self.arguments.transport == "tls":
            client.tls_set(ca_certs=self.arguments.ca, cert_reqs=ssl.CERT_REQUIRED)
        if wanted.user is not None:
            client.username_pw_set(wanted.user, wanted.password)
        if wanted.will_topic is not None:
            client.will_set(
                wanted.will_topic, wanted.will_payload, wanted.will_qos, wanted.will_retain
            )
        self.answered, self.done, self.answer = threading.Event(), threading.Event(), None

        def on_connect(_client, _data, flags, reason, _properties):
            self.answer = flags, reason
            self.answered.set()

        client.on_connect = on_connect
        client.on_message = lambda _c, _d, m: message(m.topic, m.payload, m.qos, m.retain)
        client.on_subscribe = client.on_unsubscribe = lambda *_: self.done.set()
        client.on_disconnect = lambda *_: self.done.set()
        more = {}
        if self.version == mqtt.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = wanted.expiry
            more = {"clean_start": wanted.clean, "properties": properties}
        client.connect(self.arguments.host, self.arguments.port, 30, **more)
        client.loop_start()
        if not self.answered.wait(SECONDS):
            raise TimeoutError("no CONNACK")
        flags, reason = self.answer
        if reason.is_failure:
            client.loop_stop()
            raise Refused(reason)
        return flags.session_present

    def wait(self, what):
        if not self.done.wait(SECONDS):
            raise TimeoutError(what)

    def subscribe(self, topic_filter, qos):
        self.done.clear()
        self.client.subscribe(topic_filter, qos)
        self.wait("no SUBACK")

    def unsubscribe(self, topic_filter):
        self.done.clear()
        self.client.unsubscribe(topic_filter)
        self.wait("no UNSUBACK")

    def publish(self, topic, payload, qos, retain):
        sent = self.client.publish(topic, payload, qos, retain)
        sent.wait_for_publish(SECONDS)
        if not sent.is_published():
            raise TimeoutError("not acknowledged")

    def disconnect(self):
        self.done.clear()
        self.client.disconnect()
        self.wait("not disconnected")
        self.client.loop_stop()


serve(Agent())
