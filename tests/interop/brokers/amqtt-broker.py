#!/usr/bin/env python3
"""The broker of amqtt in the foreground, with TLS and WebSocket.

    amqtt-broker.py DIR VERSION PORT PASSWORD_PORT TLS_PORT WEBSOCKET_PORT

DIR has server.pem and server.key. On PASSWORD_PORT "user" has the password "password": that is a
second broker, for the library's plugins are for all listeners.
"""

import asyncio
import sys
from pathlib import Path

from amqtt.broker import Broker
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

HOST = "127.0.0.1"
AUTHENTICATION = "amqtt.plugins.authentication"


def configurations(folder, port, password_port, tls_port, websocket_port):
    tls = {"ssl": True, "certfile": f"{folder}/server.pem", "keyfile": f"{folder}/server.key"}
    passwords = Path(folder) / "amqtt-passwords"
    passwords.write_text("user:" + PasswordHash((Argon2Hasher(),)).hash("password") + "\n")
    yield {
        "listeners": {
            "default": {"type": "tcp", "bind": f"{HOST}:{port}"},
            "tls": {"type": "tcp", "bind": f"{HOST}:{tls_port}", **tls},
            "ws": {"type": "ws", "bind": f"{HOST}:{websocket_port}"},
        },
        "plugins": {f"{AUTHENTICATION}.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    yield {
        "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{password_port}"}},
        "plugins": {f"{AUTHENTICATION}.FileAuthPlugin": {"password_file": str(passwords)}},
    }


async def main():
    folder, _version, *ports = sys.argv[1:7]
    for configuration in configurations(folder, *ports):
        await Broker(configuration).start()
    await asyncio.Event().wait()


asyncio.run(main())
