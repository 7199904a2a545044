#!/usr/bin/env python3
"""gmqtt as an agent."""

import asyncio
import ssl
import threading

import gmqtt
from agent import Arguments, Refused, message, serve
from gmqtt.mqtt.constants import MQTTv50, MQTTv311

SECONDS = 10


class Agent:
    def __init__(self):
        self.arguments = Arguments()
        self.version = MQTTv50 if self.arguments.version == "5" else MQTTv311
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    def connect(self, wanted):
        return self.call(self._connect(wanted))

    async def _connect(self, wanted):
        will = None
        if wanted.will_topic is not None:
            will = gmqtt.Message(
                wanted.will_topic, wanted.will_payload, wanted.will_qos, wanted.will_retain
            )
        more = {"session_expiry_interval": wanted.expiry} if self.version == MQTTv50 else {}
        self.client = client = gmqtt.Client(
            wanted.client_id, clean_session=wanted.clean, will_message=will, **more
        )
        client.set_config({"reconnect_retries": 0})
        if wanted.user is not None:
            client.set_auth_credentials(wanted.user, wanted.password)
        self.present, self.acknowledged = None, asyncio.Event()
        client.on_connect = lambda _client, flags, _code, _properties: self.connected(flags)
        client.on_message = self.message
        client.on_subscribe = client.on_unsubscribe = lambda *_: self.acknowledged.set()
        context = None
        if self.arguments.transport == "tls":
            context = ssl.create_default_context(cafile=self.arguments.ca)
        try:
            await client.connect(
                self.arguments.host,
                self.arguments.port,
                ssl=context or False,
                keepalive=30,
                version=self.version,
            )
        except gmqtt.mqtt.handler.MQTTConnectError as error:
            raise Refused(error) from error
        return self.present

    def connected(self, flags):
        self.present = flags & 1

    def message(self, _client, topic, payload, qos, properties):
        message(topic, payload, qos, properties["retain"])
        return 0

    def subscribe(self, topic_filter, qos):
        self.call(self.acknowledge(lambda: self.client.subscribe(topic_filter, qos)))

    def unsubscribe(self, topic_filter):
        self.call(self.acknowledge(lambda: self.client.unsubscribe(topic_filter)))

    async def acknowledge(self, send):
        self.acknowledged.clear()
        send()
        await asyncio.wait_for(self.acknowledged.wait(), SECONDS)

    def publish(self, topic, payload, qos, retain):
        self.call(self._publish(topic, payload, qos, retain))

    async def _publish(self, topic, payload, qos, retain):
        self.client.publish(topic, payload, qos=qos, retain=retain)
        # The library tells of no acknowledgement, but stores a message until it has one.
        await self.client._persistent_storage.wait_empty()

    def disconnect(self):
        self.call(self.client.disconnect())


serve(Agent())
