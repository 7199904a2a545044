#!/usr/bin/env python3
"""Record the bytes that real MQTT peers exchange with a broker.

    record.py               record every scenario
    record.py SCENARIO...   record only these
    record.py --list        name the scenarios

Every scenario starts its own broker on a free loopback port. Each recorded peer
connects through a tee: a proxy on another free port that keeps what each direction
of each connection carried, and leaves it in

    <MQTT version>/<peer>-<scenario>[-<n>].client.bin   sent by the peer
    <MQTT version>/<peer>-<scenario>[-<n>].server.bin   sent by the broker

Needed: mosquitto, mosquitto_pub, mosquitto_sub, mosquitto_passwd, paho_c_pub and
paho_c_sub. For the scenario paho-python: paho-mqtt in the Python that runs this
script. For the scenario mqttjs: node, and the package mqtt under NODE_PATH. For the
scenario ejabberd: all of these and ejabberd.
"""

import getpass
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALL = ("3.1", "3.1.1", "5")
TEMPERATURE = "area/10/sensor/5000/temperature"
TIMEOUT = 20  # seconds that any single wait may take

# Control packet types, the high half of a packet's first byte.
CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)


class Failed(Exception):
    """A scenario did not go as it should."""


def find_tool(name):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    found = shutil.which(name, path=path)
    if not found:
        raise Failed(f"{name} is not installed")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def split_packets(data):
    """The whole packets at the start of `data`, and how many bytes they take."""
    packets, start = [], 0
    while True:
        length, at = 0, start + 1
        for shift in (0, 7, 14, 21):
            if at >= len(data):
                return packets, start
            byte, at = data[at], at + 1
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        else:
            raise Failed(f"malformed remaining length at byte {start}")
        if at + length > len(data):
            return packets, start
        packets.append(bytes(data[start : at + length]))
        start = at + length


class Connection:
    """One connection through the tee: the bytes of both directions."""

    def __init__(self):
        self.data = {"client": bytearray(), "server": bytearray()}
        self.open = {"client", "server"}


class Tee:
    """A proxy in front of `broker_port` that keeps what passes.

    It takes `connections` connections and refuses later ones. With `cut_on`, the
    first connection breaks as soon as the client has sent a packet of that type;
    that packet is recorded, and the broker never sees it.
    """

    def __init__(self, broker_port, connections=1, cut_on=None):
        self.broker_port, self.limit, self.cut_on = broker_port, connections, cut_on
        self.connections, self.sockets = [], []
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        for number in range(self.limit):
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.broker_port))
            except OSError:
                break
            connection = Connection()
            with self.changed:
                self.connections.append(connection)
                self.sockets += [near, far]
            cut_on = self.cut_on if number == 0 else None
            for args in ((near, far, "client", cut_on), (far, near, "server", None)):
                threading.Thread(target=self._pump, args=(connection, *args), daemon=True).start()
        self.listener.close()

    def _pump(self, connection, source, sink, side, cut_on):
        data = connection.data[side]
        while True:
            try:
                chunk = source.recv(65536)
            except OSError:
                chunk = b""
            with self.changed:
                data += chunk
                cut = cut_on and any(p[0] >> 4 == cut_on for p in split_packets(data)[0])
                if not chunk or cut:
                    connection.open.discard(side)
                self.changed.notify_all()
            try:
                if cut:
                    source.shutdown(socket.SHUT_RDWR)
                    sink.shutdown(socket.SHUT_RDWR)
                elif chunk:
                    sink.sendall(chunk)
                    continue
                else:
                    sink.shutdown(socket.SHUT_WR)
            except OSError:
                with self.changed:
                    connection.open.discard(side)
                    self.changed.notify_all()
            return

    def wait(self, what, ready):
        with self.changed:
            if not self.changed.wait_for(ready, TIMEOUT):
                raise Failed(f"waited {TIMEOUT} s for {what}")

    def close(self):
        """Wait until both directions of every connection ended, then stop."""
        self.wait("the end of the connection", lambda: not any(c.open for c in self.connections))
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it closed itself after the last connection
        for each in self.sockets:
            each.close()


class Peer:
    """A client program, recorded through a tee when it has a name. `command` is what to
    start, with PORT for the broker's port; or a running process that uses `tee`."""

    def __init__(self, run, command, name, version, tee=None, **tee_options):
        self.run, self.name, self.version, self.tee = run, name, version, tee
        if tee:
            self.process = command
            return
        if name:
            self.tee = Tee(run.broker.port, **tee_options)
        port = self.tee.port if self.tee else run.broker.port
        self.process = run.start([part.replace("PORT", str(port)) for part in command])

    def wait(self, side, packet_type, count=1):
        """Wait until this side has sent `count` packets of a type, on all connections."""

        def seen():
            packets = [
                packet
                for connection in self.tee.connections
                for packet in split_packets(connection.data[side])[0]
            ]
            return sum(packet[0] >> 4 == packet_type for packet in packets) >= count

        self.tee.wait(f"{count} packets of type {packet_type} from the {side}", seen)
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.finish(check=False)

    def finish(self, check=True):
        """Wait for the program to end, and write its files."""
        try:
            status = self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name or 'a helper'} did not end in {TIMEOUT} s") from None
        if check and status != 0:
            errors = Path(self.run.folder, "errors").read_text(errors="replace").split("\n")
            reason = next((line for line in errors if "Error" in line or "error" in line), "")
            raise Failed(f"{self.name or 'a helper'} ended with status {status} {reason}")
        if self.tee:
            self.tee.close()
            self.write()
        return self

    def write(self):
        if not self.tee.connections:
            raise Failed(f"{self.name} never connected")
        folder = HERE / self.version
        folder.mkdir(exist_ok=True)
        for number, connection in enumerate(self.tee.connections, 1):
            suffix = f"-{number}" if len(self.tee.connections) > 1 else ""
            for side, data in connection.data.items():
                packets, end = split_packets(data)
                if end != len(data):
                    raise Failed(f"{self.name}{suffix} {side}: the last packet is not whole")
                path = folder / f"{self.name}{suffix}.{side}.bin"
                path.write_bytes(data)
                print(f"  {self.version}/{path.name}: {len(packets)} packets, {len(data)} bytes")


class Broker:
    """A mosquitto with a temporary configuration."""

    def __init__(self, run, options, anonymous=True):
        self.port = free_port()
        config = Path(run.folder) / f"{self.port}.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'true' if anonymous else 'false'}",
            f"user {getpass.getuser()}",
            options,
        ]
        config.write_text("\n".join(lines) + "\n")
        self.process = run.start([find_tool("mosquitto"), "-c", str(config)])
        self.wait("mosquitto")

    def wait(self, name):
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{name} did not start") from None
                time.sleep(0.05)


class Ejabberd(Broker):
    """ejabberd as an MQTT broker: without a node name, so that it leaves no epmd behind."""

    def __init__(self, run):
        code = glob.glob("/usr/lib/*/ejabberd-*/ebin")
        if not code:
            raise Failed("ejabberd is not installed")
        self.port = free_port()
        config = Path(run.folder) / "ejabberd.yml"
        config.write_text(
            "hosts: [localhost]\nloglevel: warning\nauth_method: [anonymous]\n"
            "anonymous_protocol: login_anon\nallow_multiple_connections: true\n"
            f"listen:\n  - port: {self.port}\n    ip: 127.0.0.1\n    module: mod_mqtt\n"
            "modules:\n  mod_mqtt: {}\n"
        )
        environment = (
            f"HOME={run.folder}",
            f"EJABBERD_CONFIG_PATH={config}",
            f"EJABBERD_LOG_PATH={run.folder}/ejabberd.log",
        )
        erlang = [find_tool("erl"), "-noinput", "-pa", code[0], "-s", "ejabberd"]
        erlang += ["-mnesia", "dir", f'"{run.folder}/mnesia"']
        self.process = run.start([find_tool("env"), *environment, *erlang])
        self.wait("ejabberd")


class Run:
    """What one scenario works with; on the way out it stops all it started."""

    def __init__(self, options="", anonymous=True):
        self.options, self.anonymous, self.processes = options, anonymous, []

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        try:
            options = self.options.replace("FOLDER", self.folder)
            self.broker = Broker(self, options, self.anonymous)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(5)
        self.temporary.cleanup()

    def start(self, command):
        with open(f"{self.folder}/errors", "ab") as errors:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
            )
        self.processes.append(process)
        return process

    def mosquitto(self, tool, version, scenario, *args, **tee_options):
        """mosquitto_pub or mosquitto_sub; scenario None: not recorded."""
        flag = {"3.1": "mqttv31", "3.1.1": "mqttv311", "5": "mqttv5"}[version]
        command = [find_tool(tool), "-h", "127.0.0.1", "-p", "PORT", "-V", flag, *args]
        return Peer(self, command, scenario and f"{tool}-{scenario}", version, **tee_options)

    def pub(self, version, scenario, *args, **tee_options):
        return self.mosquitto("mosquitto_pub", version, scenario, *args, **tee_options)

    def sub(self, version, scenario, *args, **tee_options):
        return self.mosquitto("mosquitto_sub", version, scenario, *args, **tee_options)

    def paho_c(self, tool, version, scenario, *args):
        flag = version.replace(".", "")
        command = [find_tool(tool), "-h", "127.0.0.1", "-p", "PORT", "-V", flag, *args]
        return Peer(self, command, scenario and f"{tool}-{scenario}", version)

    def script(self, name, version, scenario, prefix="", **tee_options):
        """One of the client scripts of the folder clients."""
        program = sys.executable if name.endswith(".py") else find_tool("node")
        command = [program, str(HERE / "clients" / name), version, scenario, "PORT"]
        peer = {"paho_python.py": "paho-python", "mqttjs.js": "mqttjs"}[name]
        return Peer(self, command, f"{peer}-{prefix}{scenario}", version, **tee_options)


# The scenarios. The broker's answer to SUBSCRIBE is awaited before a message is
# published, so that the order of the packets does not depend on timing.


def qos():
    for version in ALL:
        with Run() as run:
            sub = run.sub(version, "qos", "-i", "logger", "-t", "area/#", "-q", "2", "-C", "3")
            sub.wait("server", SUBACK)
            for level in "012":
                run.pub(
                    version, f"qos{level}", "-i", f"sensor-{level}",
                    "-t", TEMPERATURE, "-m", f"21.{level}", "-q", level,
                ).finish()  # fmt: skip
            sub.finish()


def will():
    properties = (
        "-D will will-delay-interval 1 -D will payload-format-indicator 1 "
        "-D will message-expiry-interval 60 -D will content-type text/plain "
        "-D will response-topic area/10/reply -D will correlation-data 42 "
        "-D will user-property unit celsius"
    ).split()
    for version in ALL:
        with Run() as run:
            watcher = run.sub(
                version, "will-watcher" if version == "5" else None,
                "-i", "watcher", "-t", "area/+/status", "-q", "1", "-C", "1",
            )  # fmt: skip
            if version == "5":
                watcher.wait("server", SUBACK)
            holder = run.sub(
                version, "will", "-i", "sensor-5000", "-u", "operator", "-P", "swordfish",
                "--will-topic", "area/10/status", "--will-payload", "gone",
                "--will-qos", "1", "--will-retain", "-t", "area/10/command/#", "-k", "30",
                *(properties if version == "5" else ()),
            )  # fmt: skip
            holder.wait("server", SUBACK).stop(signal.SIGKILL)
            watcher.finish()
    with Run() as run:  # the normal way out of mosquitto_sub on SIGTERM: DISCONNECT 0x04
        holder = run.sub(
            "5", "will-asked-for", "-i", "sensor-5000", "-t", "area/10/command/#",
            "--will-topic", "area/10/status", "--will-payload", "bye",
        )  # fmt: skip
        holder.wait("server", SUBACK).stop()


def retained():
    for version in ALL:
        with Run() as run:
            message = ("-t", TEMPERATURE, "-m", "20.5", "-q", "1", "-r")
            name = "retained" if version == "3.1.1" else None
            run.pub(version, name, "-i", "sensor-5000", *message).finish()
            sub = run.sub(  # receives the message, and clears it
                version, "retained", "-i", "cleaner", "-t", "area/#", "-q", "1",
                "--remove-retained", "-C", "1",
            )  # fmt: skip
            sub.wait("server", PUBACK).wait("client", PUBACK, 2).stop()


def session():
    for version in ("3.1.1", "5"):
        keeper = ("-i", "keeper", "-c", "-q", "2", "-t", "area/10/#")
        with Run() as run:
            run.sub(version, None, *keeper, "-E").finish()
            for level in "12":
                run.pub(version, None, "-t", TEMPERATURE, "-m", f"1{level}", "-q", level).finish()
            run.sub(version, "session", *keeper, "-C", "2").finish()


def ping():
    """Several filters, UNSUBSCRIBE and an idle wait longer than the keep alive."""
    for version in ALL:
        with Run() as run:
            sub = run.sub(
                version, "ping", "-i", "idler", "-k", "5", "-q", "1", "-t", "area/10/#",
                "-t", "area/+/sensor/+/humidity", "-t", "$SYS/broker/version",
                "-U", "area/10/#", "-U", "area/11/#",
            )  # fmt: skip
            sub.wait("server", PINGRESP).stop()


def login():
    """A listener with a password file, and a wrong password."""
    options = "password_file FOLDER/passwords"
    for version in ALL:
        with Run() as run:
            passwords = f"{run.folder}/passwords"
            Path(passwords).write_text("")
            command = [find_tool("mosquitto_passwd"), "-b", passwords, "operator", "swordfish"]
            if run.start(command).wait(TIMEOUT) != 0:
                raise Failed("mosquitto_passwd failed")
            run.broker = Broker(run, options.replace("FOLDER", run.folder), anonymous=False)
            message = ("-i", "sensor-5000", "-t", TEMPERATURE, "-m", "20.5", "-u", "operator")
            run.pub(version, "login-refused", *message, "-P", "wrong").finish(check=False)


def big():
    """20,000 bytes of payload: the remaining length takes three bytes."""
    for version in ("3.1.1", "5"):
        with Run() as run:
            payload = Path(run.folder) / "payload"
            payload.write_bytes(b"".join(b"%07d\n" % number for number in range(2500)))
            message = ("-t", "area/10/sensor/5000/log", "-f", str(payload), "-q", "1")
            if version == "3.1.1":
                run.pub(version, "big", "-i", "sensor-5000", *message).finish()
                continue
            sub = run.sub(version, "big", "-i", "logger", "-t", "area/#", "-q", "1", "-C", "1")
            sub.wait("server", SUBACK)
            run.pub(version, None, *message).finish()
            sub.finish()


def unicode():
    """Topics, client identifiers and payloads outside ASCII, up to four bytes a character."""
    with Run() as run:
        sub = run.sub("5", "unicode", "-i", "журнал", "-t", "área/十/#", "-C", "1")
        sub.wait("server", SUBACK)
        run.pub(
            "5", "unicode", "-i", "fühler-5000", "-t", "área/十/sensor/5000/🌡",
            "-m", "21,5 °C",
        ).finish()  # fmt: skip
        sub.finish()


def denied():
    """The broker's dynamic security plugin forbids everything."""
    plugins = glob.glob("/usr/lib/*/mosquitto_dynamic_security.so")
    if not plugins:
        raise Failed("mosquitto_dynamic_security.so is not installed")
    for version in ("3.1.1", "5"):
        options = f"plugin {plugins[0]}\nplugin_opt_config_file FOLDER/security.json"
        with Run() as run:
            access = ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe")
            rules = ",".join(f'"{name}":false' for name in access)
            Path(run.folder, "security.json").write_text(
                '{"defaultACLAccess":{%s},"clients":[],"groups":[{"groupname":"all","roles":[]}],'
                '"roles":[],"anonymousGroup":"all"}' % rules
            )
            run.broker = Broker(run, options.replace("FOLDER", run.folder))
            filters = ("-t", "area/10/#", "-t", "area/11/#", "-q", "1")
            run.sub(version, "denied", "-i", "logger", *filters).finish(check=False)
            if version == "5":
                message = ("-t", TEMPERATURE, "-m", "20.5", "-q", "1")
                run.pub(version, "denied", "-i", "sensor-5000", *message).finish(check=False)


def properties():
    """Properties on every packet that mosquitto_pub and mosquitto_sub can put them on."""
    with Run() as run:
        sub = run.sub(
            "5", "properties", "-i", "logger", "-q", "2", "-C", "8",
            "-t", TEMPERATURE, "-t", "area/10/#", "-U", "area/11/#",
            *"""-x 300 -D connect receive-maximum 100 -D connect maximum-packet-size 65536
            -D connect topic-alias-maximum 5 -D connect request-response-information 1
            -D connect request-problem-information 1 -D connect user-property role logger
            -D subscribe subscription-identifier 300 -D subscribe user-property why log
            -D unsubscribe user-property why none -D disconnect session-expiry-interval 10
            -D disconnect user-property why done""".split(),
        )  # fmt: skip
        sub.wait("server", SUBACK).wait("server", UNSUBACK)
        publish = """-D publish payload-format-indicator 1 -D publish message-expiry-interval 3600
            -D publish content-type text/plain -D publish response-topic area/10/reply
            -D publish correlation-data request-17 -D publish user-property unit celsius
            -D publish user-property unit again""".split()
        run.pub(
            "5", "properties", "-i", "sensor-5000", "-q", "2", "-t", TEMPERATURE, "-m", "20.5",
            *"""-x 60 -D connect receive-maximum 3 -D connect maximum-packet-size 4000
            -D connect request-problem-information 0 -D connect user-property site lisbon
            -D connect user-property site lisbon -D disconnect session-expiry-interval 0
            -D disconnect user-property why done""".split(),
            *publish,
        ).finish()  # fmt: skip
        sub.wait("client", PUBCOMP, 2)
        run.pub(  # the topic name goes out once, then only its alias
            "5", "topic-alias", "-i", "sensor-5001", "-q", "1", "-t", TEMPERATURE, "-m", "20.6",
            "-D", "publish", "topic-alias", "7", "--repeat", "3",
        ).finish()  # fmt: skip
        sub.finish()


def shared():
    """A shared subscription, and the reason codes 0x10 and 0x00 of PUBACK."""
    with Run() as run:
        publish = ("-t", TEMPERATURE, "-m", "20.5", "-q", "1")
        run.pub("5", "no-subscribers", "-i", "sensor-5000", *publish).finish()
        filters = ("-t", "$share/loggers/area/#", "-t", "$share/loggers/area/10/+/5000/#")
        sub = run.sub("5", "shared", "-i", "logger-1", *filters, "-q", "1", "-C", "2")
        sub.wait("server", SUBACK)
        run.pub("5", None, *publish).finish()
        sub.finish()


def limits():
    """A broker with low limits, and one that refuses an empty client identifier."""
    options = (
        "retain_available false\nmax_qos 1\nmax_keepalive 30\nmax_packet_size 2000\n"
        "max_topic_alias 4\nmax_inflight_messages 8"
    )
    with Run(options) as run:
        run.sub("5", "limits", "-t", "area/#", "-q", "1", "-E").finish()
    message = ("-t", TEMPERATURE, "-m", "20.5")
    for version in ("3.1.1", "5"):
        with Run("allow_zero_length_clientid false") as run:
            run.pub(version, "client-id-refused", *message).finish(check=False)


def connack():
    """An identifier assigned by the broker, and an authentication method it does not know."""
    message = ("-t", TEMPERATURE, "-m", "20.5")
    with Run() as run:
        run.pub("5", "no-client-id", *message).finish()
        run.pub(
            "5", "auth-method", "-i", "sensor-5000", *message,
            *"-D connect authentication-method X-TOKEN -D connect authentication-data abc".split(),
        ).finish(check=False)  # fmt: skip


def bridge():
    """A second mosquitto bridges to the first."""
    for version in ("3.1.1", "5"):
        with Run() as run:
            first, name = run.broker.port, "mosquitto_bridge-bridge"
            tee = Tee(first)
            protocol = {"3.1.1": "mqttv311", "5": "mqttv50"}[version]
            second = Broker(
                run,
                f"connection uplink\naddress 127.0.0.1:{tee.port}\n"
                f"bridge_protocol_version {protocol}\ntry_private false\n"
                "remote_clientid gateway\nlocal_clientid gateway-local\n"
                "notification_topic area/10/bridge\ncleansession true\n"
                "topic area/10/# out 1\ntopic area/11/# in 2\n",
            )
            peer = Peer(run, second.process, name, version, tee=tee)
            peer.wait("server", SUBACK)
            run.broker.port = second.port
            run.pub(version, None, "-t", TEMPERATURE, "-m", "20.5", "-q", "1").finish()
            peer.wait("server", PUBACK, 2)
            run.broker.port = first
            down = "area/11/sensor/6000/setpoint"
            run.pub(version, None, "-t", down, "-m", "22", "-q", "2").finish()
            peer.wait("server", PUBREL)
            peer.wait("client", PUBCOMP).stop()


def paho_c():
    """Sent by paho_c_pub and paho_c_sub, the tools of the Paho C library."""
    for version in ALL:
        with Run() as run:
            levels = "2" if version == "3.1" else "012"
            filters = ("-t", "area/#", "-q", "2")
            sub = run.paho_c("paho_c_sub", version, "qos", "-i", "logger", *filters)
            sub.wait("server", SUBACK)
            for level in levels:
                extra = ()
                if level == "2":
                    extra = ("-u", "operator", "-P", "swordfish", "-r", "--will-topic",
                             "area/10/status", "--will-payload", "gone", "--will-qos", "2",
                             "--will-retain", "1")  # fmt: skip
                if version == "5" and level == "1":
                    extra = ("--message-expiry", "60", "--user-property", "unit", "celsius")
                run.paho_c(
                    "paho_c_pub", version, f"qos{level}" if level != "0" else None,
                    "-i", f"sensor-{level}", "-t", TEMPERATURE, "-m", f"21.{level}",
                    "-q", level, *extra,
                ).finish()  # fmt: skip
            sub.wait("server", PUBLISH, len(levels)).wait("client", PUBCOMP).stop()
    with Run() as run:
        sub = run.paho_c("paho_c_sub", "3.1.1", "ping", "-i", "idler", "-t", "area/#", "-k", "3")
        sub.wait("server", PINGRESP).stop()


def paho_python():
    for version in ALL:
        with Run() as run:
            run.script("paho_python.py", version, "essentials").finish()
    for scenario in ("properties", "alias-invalid"):
        with Run() as run:
            run.script("paho_python.py", "5", scenario).finish()
    with Run() as run:  # the client sends an unacknowledged message again, with DUP
        run.script("paho_python.py", "5", "resend", connections=2, cut_on=PUBLISH).finish()
    with Run() as run:  # the broker sends unacknowledged messages again
        run.script("paho_python.py", "3.1.1", "redelivery", connections=2).finish()


def mqttjs():
    for version in ALL:
        with Run() as run:
            run.script("mqttjs.js", version, "essentials").finish()
    with Run() as run:
        run.script("mqttjs.js", "5", "properties").finish()
    with Run() as run:  # the client sends an unacknowledged message again, without DUP
        run.script("mqttjs.js", "5", "resend", connections=2, cut_on=PUBLISH).finish()


def ejabberd():
    """A second broker. It has a DISCONNECT for a client that is taken over or falls silent."""
    with Run() as run:
        run.broker = Ejabberd(run)
        logger = ("-i", "logger", "-t", "area/#", "-u", "operator", "-P", "swordfish", "-k", "5")
        first = run.sub("5", "ejabberd-takeover", *logger).wait("server", SUBACK)
        second = run.sub("5", "ejabberd-timeout", *logger).wait("server", SUBACK)
        first.wait("server", DISCONNECT).stop(signal.SIGKILL)
        second.process.send_signal(signal.SIGSTOP)
        second.wait("server", DISCONNECT).stop(signal.SIGKILL)
        run.script("paho_python.py", "3.1.1", "essentials", "ejabberd-").finish()
        run.script("mqttjs.js", "5", "properties", "ejabberd-").finish()


SCENARIOS = {
    each.__name__.replace("_", "-"): each
    for each in (
        qos, will, retained, session, ping, login, big, unicode, denied, properties,
        shared, limits, connack, bridge, paho_c, paho_python, mqttjs, ejabberd,
    )
}  # fmt: skip


def main(names):
    if names == ["--list"]:
        print("\n".join(SCENARIOS))
        return 0
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"no such scenario: {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
        return 2
    failed = 0
    for name in names or SCENARIOS:
        # Now and then mosquitto_sub does not end on SIGTERM, so there is a second attempt.
        for last in (False, True):
            print(name, flush=True)
            try:
                SCENARIOS[name]()
                break
            except Failed as error:
                print(f"  FAILED{'' if last else ', trying again'}: {error}", flush=True)
                failed += last
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
