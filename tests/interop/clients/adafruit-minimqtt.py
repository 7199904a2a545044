#!/usr/bin/env python3
"""Adafruit's MiniMQTT, on CPython, as an agent. It speaks 3.1.1 alone, at QoS 0 and 1."""

import socket
import ssl
import threading

import adafruit_minimqtt.adafruit_minimqtt as minimqtt
from agent import Arguments, Refused, commands, perform, say


class Agent:
    def __init__(self):
        self.arguments = Arguments()
        self.client = None

    def connect(self, wanted):
        tls = self.arguments.transport == "tls"
        context = ssl.create_default_context(cafile=self.arguments.ca) if tls else None
        self.client = client = minimqtt.MQTT(
            broker=self.arguments.host,
            port=self.arguments.port,
            client_id=wanted.client_id,
            username=wanted.user,
            password=wanted.password,
            is_ssl=tls,
            ssl_context=context,
            socket_pool=socket,
            keep_alive=30,
            socket_timeout=0.05,
            recv_timeout=5,
            connect_retries=1,
            use_binary_mode=True,
        )
        if wanted.will_topic is not None:
            client.will_set(
                wanted.will_topic, wanted.will_payload, wanted.will_qos, wanted.will_retain
            )
        # The library shows neither QoS nor RETAIN of what it receives.
        client.on_message = lambda _client, topic, payload: say(
            "message", topic, bytes(payload).decode() or "-", "-", "-"
        )
        try:
            client.connect(clean_session=wanted.clean)
            # The library looks for Session Present in a wrong byte.
            return None
        except minimqtt.MMQTTException as error:
            if "Authorized" in str(error.__cause__ or error) or "refused" in str(error).lower():
                raise Refused(error) from error
            raise

    def subscribe(self, topic_filter, qos):
        self.client.subscribe(topic_filter, qos)

    def unsubscribe(self, topic_filter):
        self.client.unsubscribe(topic_filter)

    def publish(self, topic, payload, qos, retain):
        self.client.publish(topic, payload, retain, qos)

    def disconnect(self):
        self.client.disconnect()

    def poll(self):
        if self.client is not None and self.client.is_connected():
            self.client.loop(0.05)


def main():
    """The library has one thread, so its loop turns between two commands."""
    agent, lines, lock = Agent(), [], threading.Lock()

    def read():
        for line in commands():
            with lock:
                lines.append(line)
        with lock:
            lines.append(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        with lock:
            line = lines.pop(0) if lines else ()
        if line is None:
            return
        try:
            if line:
                say(*perform(agent, *line))
            else:
                agent.poll()
                threading.Event().wait(0.01)
        except Refused as refused:
            say("refused", refused)
        except Exception as error:  # whatever a library raises is an answer
            say("error", type(error).__name__, error)


main()
