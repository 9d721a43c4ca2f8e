"""How the server is, over HTTP: what Prometheus and whoever keeps it running ask."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import threading
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chatkit.control import metrics, web
from chatkit.control.overview import Rate
from chatkit.net.listener import ACCEPTS_A_TICK
from chatkit.server import Server, ServerError
from tests.in_process import servers
from tests.sockets import DEADLINE, RawClient

SPARE = 8  # descriptors that a worker opens meanwhile: its connection to the database


@pytest.fixture
def start_server(tmp_path):
    with servers(tmp_path, metrics__listen="127.0.0.1:0") as start:
        yield start


@pytest.fixture
def server(start_server) -> Server:
    return start_server()


def ask(server: Server, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.web_port, timeout=DEADLINE)
    connection.request(method, path)
    response = connection.getresponse()
    found = response.status, response.read().decode(), dict(response.getheaders())
    connection.close()
    return found


def figures(server: Server) -> dict[str, float]:
    _, text, _ = ask(server, "/metrics")
    families = text_string_to_metric_families(text)
    return {
        sample.name + "".join(sample.labels.values()): sample.value for family in families for sample in family.samples
    }


def test_metrics_are_what_prometheus_reads(server):
    with RawClient(server.port) as alice:
        alice.register("Alice")
        alice.send("PRIVMSG #lobby :hello", "PRIVMSG #lobby :again")
        alice.sync()
        found = figures(server)
    assert found["chatkit_users"] == 1
    assert found["chatkit_rooms"] == 1
    assert found["chatkit_messages_total"] == 2
    assert found["chatkit_commands_totalPRIVMSG"] == 2
    assert found["chatkit_ready"] == 1
    assert found["chatkit_threads"] >= 3
    assert found["chatkit_store_bytesdatabase"] > 0
    assert found["chatkit_store_bytesjournal"] + found["chatkit_store_byteswal"] > 0
    assert 0 <= found["chatkit_state_lock_wait_seconds"] < 1
    assert found["chatkit_resident_memory_bytes"] > 1_000_000
    assert ask(server, "/metrics")[2]["Content-Type"].startswith("text/plain; version=0.0.4")


def test_who_is_turned_away_is_counted_by_why(start_server):
    server = start_server(**{"limits.connections": 1})
    with RawClient(server.port) as alice:
        alice.register("Alice")
        for _ in range(2):
            with RawClient(server.port) as other:
                other.rest()
        assert figures(server)["chatkit_turned_away_totalfull"] == 2


def test_how_long_a_look_waits_for_the_state_lock_is_one_of_them(server, monkeypatch):
    stats = metrics.figures.measure(server, Rate(60))

    def measured(*_: object) -> object:
        server._state_lock.acquire()  # from here on somebody else is at work
        threading.Timer(0.1, server._state_lock.release).start()
        return stats

    monkeypatch.setattr(metrics.figures, "measure", measured)
    assert figures(server)["chatkit_state_lock_wait_seconds"] > 0.05


def test_the_document_has_all_of_them(server):
    text = (Path(__file__).parents[1] / "docs" / "administering.md").read_text()
    families = text_string_to_metric_families(ask(server, "/metrics")[1])
    names = {
        family.name + "_total" * (family.type == "counter") + "_info" * (family.type == "info") for family in families
    }
    assert names == set(re.findall(r"^\| `(chatkit_\w+)", text, re.MULTILINE))


def test_a_server_that_is_well_says_so(server):
    assert ask(server, "/healthz")[:2] == (200, "ok\n")
    assert ask(server, "/readyz?whatever")[:2] == (200, "ok\n")


def test_one_that_lets_nobody_in_is_alive_and_not_ready(server):
    with RawClient(server.port) as alice:
        alice.register("Alice")
        server.drain(None)
        assert ask(server, "/healthz")[0] == 200
        status, text, _ = ask(server, "/readyz")
        assert status == 503
        assert "lets nobody in" in text
        assert figures(server)["chatkit_ready"] == 0


def test_one_that_cannot_store_anything_is_alive_and_not_ready(server, monkeypatch):
    monkeypatch.setattr(server._keeper, "failing", "the disk is full")
    assert ask(server, "/healthz")[0] == 200
    assert ask(server, "/readyz")[:2] == (503, "not ok\nthe disk is full\n")


def test_one_that_is_stuck_is_not_alive(server, monkeypatch):
    monkeypatch.setattr("chatkit.server.STATE_SECONDS", 0.1)
    monkeypatch.setattr("chatkit.server.TURN_SECONDS", 0.1)
    with server._state_lock:
        assert ask(server, "/healthz")[0] == 503


def test_metrics_of_one_that_is_stuck_say_why_instead_of_waiting(server, monkeypatch):
    monkeypatch.setattr("chatkit.server.STATE_SECONDS", 0.1)
    monkeypatch.setattr("chatkit.server.TURN_SECONDS", 0.1)
    with server._state_lock:
        assert ask(server, "/metrics")[0] == 503


def test_it_answers_while_every_worker_is_at_work(server):
    release = threading.Event()
    for _ in range(4):
        server.submit(lambda: release.wait(DEADLINE) and None)
    assert ask(server, "/healthz")[0] == 200
    release.set()


def test_head_has_no_body_and_other_methods_and_paths_are_refused(server):
    status, text, headers = ask(server, "/healthz", "HEAD")
    assert (status, text, headers["Content-Length"]) == (200, "", "3")
    assert ask(server, "/healthz", "POST")[0] == 405
    assert ask(server, "/other")[0] == 404


@pytest.mark.parametrize("line", [b"NICK alice\r\n", b"\xff\xfe\r\n", b"GET /\r\n", b"x" * 5000 + b"\r\n"])
def test_what_is_no_http_is_told_so(server, line):
    with socket.create_connection(("127.0.0.1", server.web_port), DEADLINE) as sock:
        sock.sendall(line)
        assert sock.recv(100).startswith(b"HTTP/1.1 400 ")


def test_connections_are_bounded_and_end_when_nothing_comes(server, monkeypatch):
    monkeypatch.setattr(web, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(web, "PATIENCE", 0.2)
    socks = [socket.create_connection(("127.0.0.1", server.web_port), DEADLINE) for _ in range(3)]
    assert [sock.recv(1) for sock in socks] == [b"", b"", b""]
    for sock in socks:
        sock.close()
    assert ask(server, "/healthz")[0] == 200


def test_those_who_connect_and_ask_nothing_keep_nobody_from_asking(server, monkeypatch):
    """Else whoever watches the server would take it for dead."""
    monkeypatch.setattr(web, "MAX_CONNECTIONS", 2)
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.web_port), DEADLINE))
        assert ask(server, "/healthz")[0] == 200


def test_however_many_connect_they_take_no_more_descriptors_than_that(server, monkeypatch):
    monkeypatch.setattr(web, "MAX_CONNECTIONS", 2)
    before = len(os.listdir("/proc/self/fd"))
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", server.web_port), DEADLINE))
        assert sock.recv(1) == b""
        most = 300 + 2 * web.MAX_CONNECTIONS + ACCEPTS_A_TICK
        assert len(os.listdir("/proc/self/fd")) <= before + most + SPARE


def test_a_bug_behind_it_is_an_answer_too(server, monkeypatch, caplog):
    def broken():
        raise RuntimeError("injected")

    monkeypatch.setattr(server, "health", broken)
    assert ask(server, "/healthz")[0] == 500
    assert "injected" in caplog.text


def test_it_is_only_there_where_it_was_asked_for(start_server):
    assert start_server(metrics__listen="").web_port is None


def test_a_port_in_use_is_named(start_server, server, tmp_path):
    with pytest.raises(ServerError, match=r"metrics\.listen: cannot listen on 127"):
        start_server(data=str(tmp_path / "other"), metrics__listen=f"127.0.0.1:{server.web_port}")
