"""Brokers while they run, and what they need."""

import random
import socket
import subprocess
import threading
import time

from scenario import Failed

HOST = "127.0.0.1"
SECONDS = 20  # a broker may take to listen


def certificates(folder):
    """A certificate authority and a server's certificate for this machine."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    key = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=interop CA")
    openssl("req", *key[:3], "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
    openssl("x509", "-req", "-in", "server.csr", *signing, "-extfile", "names", "-out", "server.pem")


class Ports:
    """Free ports below those that the system gives to clients, each but once."""

    def __init__(self):
        self.candidates = iter(random.sample(range(15_000, 32_000), 5_000))
        self.lock = threading.Lock()

    def take(self, count):
        with self.lock:
            return [self._next() for _ in range(count)]

    def _next(self):
        for port in self.candidates:
            with socket.socket() as probe:
                try:
                    probe.bind((HOST, port))
                except OSError:
                    continue
                return port
        raise Failed("there is no free port")


class Running:
    """A broker in a folder of its own, which has the files of `certificates`."""

    def __init__(self, broker, version, certified, ports, env):
        self.folder = certified / f"{broker.name}-{version}"
        self.folder.mkdir()
        for name in ("server.pem", "server.key"):
            (self.folder / name).write_bytes((certified / name).read_bytes())
        self.ca = str(certified / "ca.pem")
        self.ports = ports.take(4)
        self.plain, self.password, self.tls, self.websocket = self.ports
        self.is_ready = False
        self.log = open(self.folder / "log", "w+")
        words = [*broker.command, self.folder, version, *self.ports]
        self.process = subprocess.Popen(
            [str(word) for word in words],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self):
        """Until it listens for clients without a password, and with one."""
        if self.is_ready:
            return
        deadline = time.monotonic() + SECONDS
        for port in (self.plain, self.password):
            while not self._listens(port):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"the broker does not listen: {self.last_words()}")
                time.sleep(0.05)
        self.is_ready = True

    @staticmethod
    def _listens(port):
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            return False
        return True

    def last_words(self):
        self.log.seek(0)
        return (self.log.read().strip().splitlines() or ["it says nothing"])[-1]

    def port(self, client, feature):
        if feature == "password" and not client.websocket_only:
            return self.password
        if feature == "tls":
            return self.tls
        return self.websocket if feature == "websocket" or client.websocket_only else self.plain

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
