"""What systemd hands over and what it wants to hear; the units and the container."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit.config import keys, load_config, variable_of
from chatkit.net import systemd
from chatkit.server import Server, ServerError
from tests.processes import ServerProcess
from tests.sockets import DEADLINE, RawClient

ROOT = Path(__file__).parents[1]
PACKAGING = ROOT / "chatkit" / "packaging"


@pytest.fixture
def notified(tmp_path, monkeypatch):
    """Where systemd listens: a function that gives the fields of the next message."""
    path = tmp_path / "notify"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    sock.settimeout(DEADLINE)
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    yield lambda: dict(line.split("=", 1) for line in sock.recv(4096).decode().splitlines())
    sock.close()


def test_nobody_is_told_where_nobody_listens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not systemd.notify(READY=1)
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    assert not systemd.notify(READY=1)


def test_a_name_without_a_file_is_understood_too(monkeypatch):
    name = f"chatkit-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        assert systemd.notify(READY=1, STATUS="Well")
        assert sock.recv(100) == b"READY=1\nSTATUS=Well"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_wants(environment, seconds):
    assert systemd.watchdog_seconds(environment) == seconds


def test_sockets_for_another_process_are_left_alone():
    environment = {"LISTEN_PID": "1", "LISTEN_FDS": "3"}
    assert systemd.inherited(environment) == []
    assert environment == {}


def test_the_server_tells_when_it_is_ready_reloads_on_sighup_and_tells_that_it_stops(tmp_path, notified, monkeypatch):
    config = tmp_path / "chatkit.toml"
    config.write_text("")
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    server = ServerProcess(tmp_path / "data", "--config", str(config))
    ready = notified()
    assert ready["READY"] == "1"
    assert ready["STATUS"].endswith(f"port {server.port}")
    assert notified()["WATCHDOG"] == "1"
    config.write_text('[network]\ndescription = "anew"\n')
    server.process.send_signal(signal.SIGHUP)
    while "RELOADING" not in (fields := notified()):
        assert "WATCHDOG" in fields
    assert fields["MONOTONIC_USEC"].isdecimal()
    while "READY" not in (fields := notified()):
        assert "WATCHDOG" in fields
    config.write_text("nonsense")
    server.process.send_signal(signal.SIGHUP)
    while "READY" not in fields or "STATUS" not in fields or "not read again" not in fields["STATUS"]:
        fields = notified()
    assert server.stop() == 0
    while "STOPPING" not in notified():
        pass


def test_a_socket_that_was_handed_over_stands_for_host_and_port(tmp_path):
    """As systemd starts it: descriptor 3, and its number in the environment."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        script = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid()); "
            "os.execv(sys.executable, [sys.executable, '-m', 'chatkit', 'serve', '--port', '1', '--data', sys.argv[2]])"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(sock.fileno()), str(tmp_path / "data")],
            pass_fds=[sock.fileno()],
            env={**os.environ, "LISTEN_FDS": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        with RawClient(port) as alice:  # before it listens: nobody is turned away while it starts
            alice.register("Alice")
        process.terminate()
        assert process.communicate()[0].startswith(f"Server started on IP 127.0.0.1 and port {port}")
        assert process.returncode == 0


def test_each_of_several_sockets_is_for_the_listener_of_its_address(tmp_path):
    first, second = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    place = f"127.0.0.1:{second.getsockname()[1]}"
    settings = tmp_path / "chatkit.toml"
    settings.write_text(f'[[listeners]]\naddress = "{place}"\nprotocol = "irc"\n')
    options = {"port": first.getsockname()[1], "data": str(tmp_path / "data")}
    server = Server(load_config(settings, {}, options), sockets=[second, first])
    server.start()
    assert [entrance.sock for entrance in server.entrances] == [first, second]
    server.stop()
    assert first.fileno() == second.fileno() == -1


def test_a_socket_for_which_there_is_no_listener_is_named(tmp_path):
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    server = Server(load_config(None, {}, {"port": 0, "data": str(tmp_path / "data")}), sockets=socks)
    with pytest.raises(ServerError, match="a socket was handed over for"):
        server.start()
    assert [sock.fileno() for sock in socks] == [-1, -1]


def test_systemd_has_nothing_to_say_against_the_units(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        for unit in ("chatkit.service", "chatkit.socket"):
            assert re.search(r"^\[Install\]$", (PACKAGING / unit).read_text(), re.MULTILINE)
        return
    for unit in PACKAGING.glob("chatkit.*"):  # with a command that is here
        text = unit.read_text().replace("/usr/bin/chatkit", sys.executable)
        (tmp_path / unit.name).write_text(text)
    found = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, sorted(tmp_path.glob("chatkit.*")))], capture_output=True, text=True
    )
    assert "chatkit" not in found.stderr, found.stderr


def test_the_container_runs_as_nobody_and_knows_every_setting_that_it_sets():
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER nobody$", text, re.MULTILINE)
    assert text.index("USER nobody") < text.index("ENTRYPOINT")
    set_there = re.findall(r"(CHATKIT_\w+)=", text)
    assert set(set_there) <= {variable_of(key) for key in keys()}
    assert not re.search(r"^COPY (?!\. /source|--from)", text, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert {"!chatkit", "!pyproject.toml", "!README.md", "!LICENSE"} <= set(ignored)
