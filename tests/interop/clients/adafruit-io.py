#!/usr/bin/env python3
"""The MQTT client of Adafruit IO as an agent.

It speaks 3.1.1 alone, publishes at QoS 0, knows only the feeds of its user, and keeps no session:
a topic is NAME/feeds/KEY, so the last level of a topic is the feed.
"""

import threading

from Adafruit_IO import MQTTClient
from agent import Arguments, Refused, say, serve

SECONDS = 10


class Agent:
    def __init__(self):
        self.arguments = Arguments()

    def connect(self, wanted):
        user = wanted.user or "user"
        self.client = client = MQTTClient(
            user,
            wanted.password or "password",
            service_host=self.arguments.host,
            secure=False,
        )
        client._service_port = self.arguments.port
        self.done = threading.Event()
        client.on_message = lambda _client, topic, payload: say(
            "message", f"{user}/feeds/{topic}", payload or "-", "-", "-"
        )
        client.on_subscribe = lambda *_: self.done.set()
        # The library raises what a CONNACK says in a thread of its own.
        ended = threading.Event()
        threading.excepthook = lambda _raised: ended.set()
        client.connect()
        client.loop_background()
        for _ in range(SECONDS * 100):
            if client.is_connected():
                return None
            if ended.wait(0.01):
                raise Refused("by the broker")
        raise TimeoutError("no CONNACK")

    def subscribe(self, topic_filter, _qos):
        self.done.clear()
        self.client.subscribe(topic_filter.rsplit("/", 1)[-1])
        self.done.wait(SECONDS)

    def unsubscribe(self, topic_filter):
        self.client.unsubscribe(topic_filter.rsplit("/", 1)[-1])
        threading.Event().wait(0.2)

    def publish(self, topic, payload, _qos, _retain):
        self.client.publish(topic.rsplit("/", 1)[-1], payload)

    def disconnect(self):
        self.client.disconnect()


serve(Agent())
