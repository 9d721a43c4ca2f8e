"""``chatkit admin`` against a running server: what it prints, and its sentence when it cannot."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import sys
import threading
from pathlib import Path

import pytest

from chatkit import admin
from chatkit.admin import PRINTERS, AdminError, call, run
from chatkit.config import load_config
from chatkit.control.methods.general import METHODS
from chatkit.net.listener import listen_unix
from chatkit.server import CONTROL_NAME, LOCK_NAME, Server
from tests.sockets import RawClient


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(directory):
    """A server that ends when it is asked to, as ``chatkit serve`` does."""
    server = Server(load_config(None, {}, {"port": 0, "data": str(directory), "name": "chat.test"}))
    server.start()

    def stop_when_asked() -> None:
        server.stop_requested.wait()
        server.stop()

    thread = threading.Thread(target=stop_when_asked)
    thread.start()
    yield server
    server.stop_requested.set()
    thread.join()


@pytest.fixture
def connect(server):
    clients = []

    def make(nick: str) -> RawClient:
        clients.append(RawClient(server.port))
        clients[-1].register(nick)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def pretend(directory):
    """Something else that listens on the control socket: it reads a request, sends these bytes, and hangs up."""
    directory.mkdir()
    with contextlib.ExitStack() as stack:

        def start(answer: bytes, hang_up: bool = True) -> None:
            listener = stack.enter_context(listen_unix(directory / CONTROL_NAME))
            listener.setblocking(True)

            def serve() -> None:
                sock, _ = listener.accept()
                sock.recv(65536)
                sock.sendall(answer)
                if not hang_up:
                    sock.recv(1)
                sock.close()

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)

        yield start


def test_every_method_can_be_printed():
    assert PRINTERS.keys() == METHODS.keys()


@pytest.mark.smoke
def test_users_as_aligned_text(directory, connect, capsys):
    connect("Al").send("JOIN #garden", "AWAY :\x02at\x02 lunch")
    connect("日本語").sync()
    assert run(directory, "users") == 0
    assert capsys.readouterr().out.splitlines() == [
        "NICK    ROOMS           IDLE  ADDRESS    CLIENT  AWAY",
        "Al      #lobby #garden  0s    127.0.0.1  IRC     at lunch",
        "日本語  #lobby          0s    127.0.0.1  IRC     -",
    ]


def test_users_as_a_table_on_a_terminal(directory, connect, capsys, monkeypatch):
    connect("Alice")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert run(directory, "users") == 0
    shown = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    head, rule, alice = [line for line in shown.splitlines() if line.strip()]
    assert head.split() == ["Nick", "Rooms", "Idle", "Address", "Client", "Away"]
    assert set(rule.strip()) == {"─"}
    assert alice.split() == ["Alice", "#lobby", "0s", "127.0.0.1", "IRC", "-"]


def test_nobody_and_no_rooms_are_sentences(directory, server, capsys):
    assert run(directory, "users") == 0
    assert run(directory, "rooms") == 0
    assert capsys.readouterr().out == "Nobody is here.\nThere are no rooms.\n"


def test_rooms_as_aligned_text(directory, connect, capsys):
    alice = connect("Alice")
    alice.send("TOPIC #lobby :Tea \x1b[2J")
    alice.sync()
    run(directory, "rooms")
    assert capsys.readouterr().out.splitlines() == [
        "ROOM    USERS  MODES  TOPIC",
        "#lobby  1      +n     Tea \N{REPLACEMENT CHARACTER}[2J",
    ]


def test_stats_says_what_there_is(directory, connect, capsys):
    connect("Alice")
    assert run(directory, "stats") == 0
    shown = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(shown) == [title for title, _ in admin.STATS_ROWS]
    assert shown["Users"].strip() == "1"
    assert shown["Uptime"].strip().startswith("00:00:")
    assert shown["Memory"].endswith(" MiB")


def test_json_is_the_result_as_it_came(directory, connect, capsys):
    connect("Zoë")
    assert run(directory, "users", as_json=True) == 0
    (zoe,) = json.loads(capsys.readouterr().out)
    assert (zoe["nick"], zoe["rooms"], zoe["client"]) == ("Zoë", ["#lobby"], "IRC")


def test_kick_says_who_and_why(directory, connect, capsys):
    bob = connect("Bob")
    assert run(directory, "kick", {"nick": "bob", "reason": "Be nice"}) == 0
    assert capsys.readouterr().out == "Removed Bob (Be nice)\n"
    assert ":chat.test KILL Bob :Be nice" in bob.rest()


def test_kick_of_nobody_is_a_sentence_and_status_1(directory, connect, capsys):
    connect("Bob")
    assert run(directory, "kick", {"nick": "Bop"}) == 1
    assert capsys.readouterr() == ("", "chatkit: nobody here is called Bop (there is Bob)\n")


def test_announce_says_how_many_were_told(directory, connect, capsys):
    connect("Alice")
    assert run(directory, "announce", {"text": "Tea"}) == 0
    connect("Bob")
    assert run(directory, "announce", {"text": "Tea"}) == 0
    assert capsys.readouterr().out == "Told 1 user\nTold 2 users\n"


def test_stop_returns_when_the_directory_is_free_again(directory, server, capsys):
    assert run(directory, "stop") == 0
    assert capsys.readouterr().out == "The server has stopped\n"
    again = Server(load_config(None, {}, {"port": 0, "data": str(directory)}))
    again.start()  # would be refused as long as the other one uses the directory
    again.stop()


def test_stop_does_not_wait_for_ever(directory, pretend, monkeypatch, capsys):
    monkeypatch.setattr(admin, "STOP_SECONDS", 0.05)
    pretend(b'{"jsonrpc": "2.0", "result": {"stopping": true}, "id": 1}\n', hang_up=False)
    assert run(directory, "stop") == 1
    assert capsys.readouterr().err == "chatkit: the server is still stopping after 0.05 seconds\n"


def test_stop_waits_for_the_lock_after_the_connection(directory, pretend, monkeypatch):
    monkeypatch.setattr(admin, "STOP_SECONDS", 0.05)
    pretend(b'{"jsonrpc": "2.0", "result": {"stopping": true}, "id": 1}\n')
    with (directory / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AdminError, match="still stopping"):
            call(directory, "stop", {})


def test_no_server_says_where_it_looked(directory, capsys, monkeypatch):
    monkeypatch.chdir(directory.parent)
    assert run(Path("data"), "users") == 1
    assert f"no server is running: looked for {directory / CONTROL_NAME}" in capsys.readouterr().err


def test_a_socket_that_nobody_listens_to_is_no_server(directory):
    directory.mkdir()
    listen_unix(directory / CONTROL_NAME).close()
    with pytest.raises(AdminError, match="no server is running"):
        call(directory, "users", {})


def test_a_file_that_is_no_socket_is_named(directory):
    directory.mkdir()
    (directory / CONTROL_NAME).write_text("")
    with pytest.raises(AdminError, match=str(directory / CONTROL_NAME)):
        call(directory, "users", {})


def test_a_server_that_does_not_answer_is_a_sentence(directory, pretend):
    pretend(b"", hang_up=False)
    with pytest.raises(AdminError, match=r"does not answer within 0\.05 seconds"):
        call(directory, "users", {}, timeout=0.05)


def test_a_server_that_hangs_up_is_a_sentence(directory, pretend):
    pretend(b'{"jsonrpc"')
    with pytest.raises(AdminError, match="the server hung up"):
        call(directory, "users", {})


def test_an_answer_that_makes_no_sense_is_a_sentence(directory, pretend):
    pretend(b"hello\n")
    with pytest.raises(AdminError, match="makes no sense"):
        call(directory, "users", {})


def test_an_argument_that_is_no_utf8_is_a_sentence(directory, server, capsys):
    assert run(directory, "kick", {"nick": os.fsdecode(b"B\xffb")}) == 1
    assert capsys.readouterr().err == "chatkit: what you typed is not valid UTF-8\n"


def test_a_long_data_directory_is_reached(tmp_path, capsys):
    directory = tmp_path / ("long" * 20) / ("longer" * 20)
    server = Server(load_config(None, {}, {"port": 0, "data": str(directory)}))
    server.start()
    try:
        assert run(directory, "users") == 0
    finally:
        server.stop()
    assert run(directory, "users") == 1
    assert str(directory / CONTROL_NAME) in capsys.readouterr().err


def test_one_server_answers_many_at_once(directory, connect):
    connect("Alice")
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(call(directory, "stats", {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [stats["users"] for stats in found] == [1] * 8


def test_the_answer_may_be_longer_than_one_read(directory, pretend):
    pretend(json.dumps({"jsonrpc": "2.0", "result": ["x" * 1000] * 500, "id": 1}).encode() + b"\n")
    assert len(call(directory, "users", {})) == 500
