#!/usr/bin/env -S python3 -B
"""One client, one feature, one broker.

    scenario.py --tools DIR CLIENT connect HOST PORT VERSION QOS FEATURE [ARGUMENT...]

FEATURE is publish-subscribe, retained, will, session, password USER PASSWORD, tls CAFILE or
websocket. The status is 0 when the client did it, 1 when it did not; then standard error says why.
"""

import argparse
import os
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import peers

SECONDS = 10  # an answer may take
QUIET = 0.4  # seconds in which nothing comes that should not


class Failed(Exception):
    """The feature does not work."""


class Refused(Exception):
    """The broker has refused the connection."""


class Process:
    """A program that writes lines; those with a message are kept apart."""

    def __init__(self, command, env, errors=None):
        self.errors = errors or tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.last = ""
        self.messages, self.answers = queue.Queue(), queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            words = line.split()
            if words[:1] == ["message"]:
                self.messages.put(words[1:])
            elif words:
                self.last = line.strip()
                self.answers.put(words)
        self.answers.put(["ended", self.complaint()])

    def complaint(self):
        if self.errors == subprocess.STDOUT:
            return self.last
        self.errors.seek(0)
        return (self.errors.read().strip().splitlines() or [""])[-1]

    def ask(self, *words):
        try:
            self.process.stdin.write(" ".join(words) + "\n")
            self.process.stdin.flush()
            answer = self.answers.get(timeout=SECONDS + 2)
        except queue.Empty:
            raise Failed(f"{words[0]}: no answer") from None
        except OSError:
            answer = ["ended", self.complaint()]
        if answer[0] == "refused":
            raise Refused(" ".join(answer[1:]))
        if answer[0] in ("error", "ended"):
            raise Failed(f"{words[0]}: {' '.join(answer)}")
        return answer[1:]

    def wait_for(self, word):
        """Reads lines until one has this word."""
        try:
            while word not in (words := self.answers.get(timeout=SECONDS)):
                if words[0] == "ended":
                    raise Failed(f"no {word}: {words[1]}")
        except queue.Empty:
            raise Failed(f"no {word}") from None

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Where:
    """The broker, and how to get there."""

    def __init__(self, host, port, version, transport="tcp", ca="-"):
        self.host, self.port, self.version = host, str(port), version
        self.transport, self.ca = transport, ca


class Agent:
    """A client that is told what to do line by line."""

    def __init__(self, client, where, env):
        words = (where.host, where.port, where.version, where.transport, where.ca)
        self.process = Process((*client.command, *words), env)
        self.messages = self.process.messages

    def connect(self, client_id, clean=True, expiry=0, login=("-", "-"), will=None):
        will = ("-", "-", "0", "0") if will is None else tuple(map(str, will))
        words = (client_id, str(int(clean)), str(expiry), *login, *will)
        return self.process.ask("connect", *words)[0]

    def resume(self, client_id, expiry, _topic_filter, _qos):
        return self.connect(client_id, clean=False, expiry=expiry)

    def subscribe(self, topic_filter, qos):
        self.process.ask("subscribe", topic_filter, str(qos))

    def unsubscribe(self, topic_filter):
        self.process.ask("unsubscribe", topic_filter)

    def publish(self, topic, payload, qos, retain=False):
        self.process.ask("publish", topic, payload or "-", str(qos), str(int(retain)))

    def disconnect(self):
        self.process.ask("disconnect")

    def kill(self):
        self.process.end(signal.SIGKILL)

    def close(self):
        self.process.end()


class Programs:
    """A client that is two programs, one to publish and one to subscribe, with mosquitto's options."""

    VERSIONS = {"3.1": "31", "3.1.1": "311", "5": "5"}

    def __init__(self, client, where, env):
        self.publisher, self.subscriber = client.programs
        self.common = ["-h", where.host, "-p", where.port, "-V", self.VERSIONS[where.version]]
        if where.transport == "tls":
            self.common += ["--cafile", where.ca]
        if where.transport == "ws":
            self.common += ["--ws"]
        self.version, self.env = where.version, env
        self.login, self.session, self.process = [], [], None
        self.messages = queue.Queue()

    def connect(self, client_id, clean=True, expiry=0, login=("-", "-"), will=None):
        self.login = [] if login[0] == "-" else ["-u", login[0], "-P", login[1]]
        self.session = ["-i", client_id]
        if not clean:
            self.session += ["-c"]
            if self.version == "5":
                self.session += ["-x", str(expiry)]
        if will is not None:
            topic, payload, qos, retain = will
            self.session += ["--will-topic", topic, "--will-payload", payload, "--will-qos", str(qos)]
            self.session += ["--will-retain"] if retain else []
        if self.login:
            self._run("-t", "interop/login", "-n", *self.session)
        if will is not None:
            self.subscribe("interop/nothing", 0)
        return "-"

    def resume(self, client_id, expiry, topic_filter, qos):
        self.connect(client_id, clean=False, expiry=expiry)
        self.subscribe(topic_filter, qos)
        return "-"

    def _run(self, *options):
        command = [*self.publisher, *self.common, *self.login, *options]
        done = subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        complaint = (done.stderr.strip().splitlines() or [""])[0]
        # The status is the code of the CONNACK: bad user name or password, or not authorized.
        if done.returncode in (4, 5, 134, 135):
            raise Refused(complaint)
        if done.returncode != 0:
            raise Failed(f"{Path(command[0]).name} ended with {done.returncode}: {complaint}")

    def subscribe(self, topic_filter, qos):
        command = [*self.subscriber, *self.common, *self.login, *self.session]
        command += ["-d", "-t", topic_filter, "-q", str(qos), "-F", "message %t %p %q %r"]
        self.process = Process(command, self.env, subprocess.STDOUT)
        self.messages = self.process.messages
        self.process.wait_for("SUBACK")

    def unsubscribe(self, _topic_filter):
        self.disconnect()
        self.messages = queue.Queue()

    def publish(self, topic, payload, qos, retain=False):
        options = ["-m", payload] if payload else ["-n"]
        options += ["-r"] if retain else []
        self._run("-t", topic, "-q", str(qos), *options)

    def disconnect(self):
        # While mosquitto_sub prints, a signal makes it print twice, or go without a DISCONNECT.
        time.sleep(QUIET)
        self.close()

    def kill(self):
        self.process.end(signal.SIGKILL)

    def close(self):
        if self.process is not None:
            self.process.end()
            self.process = None


class Scenario:
    """The features, each a method. `login` is a user name and a password that are right."""

    def __init__(self, client, where, qos, env, login=("-", "-")):
        self.client, self.where, self.qos, self.env, self.login = client, where, qos, env, login
        self.unique = secrets.token_hex(4)
        self.topic = f"{client.prefix or 'interop/'}{self.unique}"
        self.peers = []

    def peer(self):
        kind = Programs if self.client.programs else Agent
        self.peers.append(kind(self.client, self.where, self.env))
        return self.peers[-1]

    def connected(self, name="a", **more):
        peer = self.peer()
        peer.connect(f"interop-{name}-{self.unique}", login=self.login, **more)
        return peer

    def expect(self, peer, payload, retain=False, topic=None):
        try:
            received = peer.messages.get(timeout=SECONDS)
        except queue.Empty:
            raise Failed(f"{payload} did not arrive") from None
        wanted = [topic or self.topic, payload, str(self.qos), str(int(retain))]
        # A library that keeps QoS and RETAIN to itself says `-`.
        if any(found not in (value, "-") for found, value in zip(received, wanted)):
            raise Failed(f"{' '.join(received)} arrived, not {' '.join(wanted)}")

    def expect_nothing(self, peer):
        try:
            received = peer.messages.get(timeout=QUIET)
        except queue.Empty:
            return
        raise Failed(f"{' '.join(received)} arrived")

    def publish_subscribe(self):
        peer = self.connected()
        peer.subscribe(self.topic, self.qos)
        for number in range(3):
            peer.publish(self.topic, f"m{number}", self.qos)
        for number in range(3):
            self.expect(peer, f"m{number}")
        self.expect_nothing(peer)
        peer.unsubscribe(self.topic)
        peer.publish(self.topic, "after", self.qos)
        self.expect_nothing(peer)
        peer.disconnect()

    def retained(self):
        publisher = self.connected("p")
        publisher.publish(self.topic, "kept", self.qos, retain=True)
        first = self.connected("b")
        first.subscribe(self.topic, self.qos)
        self.expect(first, "kept", retain=True)
        first.disconnect()
        publisher.publish(self.topic, "", self.qos, retain=True)
        second = self.connected("c")
        second.subscribe(self.topic, self.qos)
        self.expect_nothing(second)
        second.disconnect()
        publisher.disconnect()

    def will(self):
        watcher = self.connected("w")
        watcher.subscribe(self.topic, self.qos)
        if not (self.client.programs and self.where.version == "5"):
            # mosquitto_sub ends by "Disconnect with Will Message" (0x04) in MQTT 5.
            polite = self.connected("p", will=(self.topic, "wrong", self.qos, 0))
            polite.disconnect()
        dying = self.connected("d", will=(self.topic, "gone", self.qos, 0))
        dying.kill()
        self.expect(watcher, "gone")
        watcher.disconnect()

    def session(self):
        name, expiry = f"interop-s-{self.unique}", 60
        peer = self.peer()
        if peer.connect(name, clean=False, expiry=expiry, login=self.login) == "1":
            raise Failed("Session Present before there was one")
        peer.subscribe(self.topic, self.qos)
        peer.disconnect()
        publisher = self.connected("p")
        for number in range(3):
            publisher.publish(self.topic, f"m{number}", self.qos)
        publisher.disconnect()
        again = self.peer()
        present = again.resume(name, expiry, self.topic, self.qos)
        # MQTT 3.1 has no Session Present.
        if present == "0" and self.where.version != "3.1":
            raise Failed("Session Present is not set")
        for number in range(3):
            self.expect(again, f"m{number}")
        again.disconnect()
        last = self.peer()
        last.connect(name, clean=True, login=self.login)
        last.disconnect()

    def password(self, user, password):
        peer = self.peer()
        peer.connect(f"interop-a-{self.unique}", login=(user, password))
        peer.publish(self.topic, "in", self.qos)
        peer.disconnect()
        for login in ((user, password + "x"), ("nobody", password)):
            try:
                self.peer().connect(f"interop-b-{self.unique}", login=login)
            except Refused:
                continue
            raise Failed(f"{login[0]}, {login[1]} was let in")

    def run(self, feature, *arguments):
        try:
            getattr(self, feature.replace("-", "_"))(*arguments)
        except Refused as refused:
            raise Failed(f"refused: {refused}") from refused
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{error.cmd[0]} did not end") from error
        finally:
            for peer in self.peers:
                peer.close()


def perform(client, where, qos, feature, arguments, env):
    """Runs one feature; TLS and WebSocket are shown by publishing and subscribing."""
    if feature == "tls":
        where = Where(where.host, where.port, where.version, "tls", *arguments)
        feature, arguments = "publish-subscribe", ()
    elif feature == "websocket" or client.websocket_only:
        where = Where(where.host, where.port, where.version, "ws")
        feature = "publish-subscribe" if feature == "websocket" else feature
    Scenario(client, where, qos, env).run(feature, *arguments)


def main():
    parser = argparse.ArgumentParser(description="One client, one feature, one broker.")
    parser.add_argument("--tools", type=Path, required=True, help="the folder of install.sh")
    parser.add_argument("--programs", type=Path, help="the folder of publish and subscribe")
    parser.add_argument("client")
    parser.add_argument("connect", choices=["connect"])
    parser.add_argument("host")
    parser.add_argument("port")
    parser.add_argument("version", choices=peers.ALL)
    parser.add_argument("qos", type=int, choices=(0, 1, 2))
    parser.add_argument("feature", choices=peers.FEATURES)
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    programs = given.programs and given.programs.resolve()
    known = peers.clients(given.tools.resolve(), programs)
    if given.client not in known:
        parser.error(f"no such client: there are {', '.join(known)}")
    client = known[given.client]
    where = Where(given.host, given.port, given.version)
    env = peers.environment(given.tools.resolve(), os.environ)
    try:
        perform(client, where, given.qos, given.feature, given.arguments, env)
    except Failed as failed:
        print(f"{given.client}: {given.feature}: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
