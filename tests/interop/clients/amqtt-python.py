#!/usr/bin/env python3
"""The client of amqtt as an agent. It speaks 3.1.1 alone."""

import asyncio
import logging
import threading

from agent import Arguments, Refused, message, serve
from amqtt.client import MQTTClient
from amqtt.errors import ConnectError

SECONDS = 10
SCHEMES = {"tcp": "mqtt", "tls": "mqtts", "ws": "ws"}
logging.disable(logging.CRITICAL)


class Agent:
    def __init__(self):
        self.arguments = Arguments()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    def connect(self, wanted):
        return self.call(self._connect(wanted))

    async def _connect(self, wanted):
        config = {"keep_alive": 30, "auto_reconnect": False, "cleansession": wanted.clean}
        if wanted.will_topic is not None:
            config["will"] = {
                "topic": wanted.will_topic,
                "message": wanted.will_payload,
                "qos": wanted.will_qos,
                "retain": wanted.will_retain,
            }
        self.client = MQTTClient(client_id=wanted.client_id, config=config)
        user = "" if wanted.user is None else f"{wanted.user}:{wanted.password}@"
        scheme = SCHEMES[self.arguments.transport]
        uri = f"{scheme}://{user}{self.arguments.host}:{self.arguments.port}"
        ca = self.arguments.ca if self.arguments.transport == "tls" else None
        try:
            await self.client.connect(uri, cleansession=wanted.clean, cafile=ca)
        except ConnectError as error:
            # The library tells so of everything; what the broker said is in its return code.
            if getattr(error, "return_code", None):
                raise Refused(error.return_code) from error
            raise
        self.reader = asyncio.ensure_future(self.read())
        return None

    async def read(self):
        while True:
            received = await self.client.deliver_message()
            if received is not None:
                message(received.topic, received.data, received.qos, received.retain)

    def subscribe(self, topic_filter, qos):
        self.call(self.client.subscribe([(topic_filter, qos)]))

    def unsubscribe(self, topic_filter):
        self.call(self.client.unsubscribe([topic_filter]))

    def publish(self, topic, payload, qos, retain):
        self.call(self.client.publish(topic, payload.encode(), qos=qos, retain=retain))

    def disconnect(self):
        self.call(self._disconnect())

    async def _disconnect(self):
        self.reader.cancel()
        await self.client.disconnect()


serve(Agent())
