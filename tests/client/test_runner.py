"""The client on real sockets and threads, against a real server."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from chatkit.client import runner as runner_module
from chatkit.client import words
from chatkit.client.address import Address
from chatkit.client.driver import Driver
from chatkit.client.events import Left
from chatkit.client.options import ClientOptions
from chatkit.client.remembered import Remembered, recall
from chatkit.client.runner import ClientRunner, Shared
from tests.client.servers import DEADLINE, Person, running_server
from tests.processes import ServerProcess


@pytest.mark.smoke
def test_two_people_talk(tmp_path: Path) -> None:
    with running_server(tmp_path) as address, Person("Alice", address) as alice, Person("Bob", address) as bob:
        alice.say("Hello Bob!")
        bob.until(lambda: "Alice: Hello Bob!" in bob.talk())
        bob.say("Hi Alice!")
        alice.until(lambda: "Bob: Hi Alice!" in alice.talk())
        assert [person.nick for person in alice.room().people] == ["Alice", "Bob"]


def test_whoever_comes_later_sees_what_was_said(tmp_path: Path) -> None:
    with running_server(tmp_path) as address:
        with Person("Alice", address) as alice:
            for number in range(30):
                alice.say(f"line {number}")
        with Person("Bob", address, history=10) as bob:
            bob.room()
            shown = bob.talk()  # beside who came and went
            assert 0 < len(shown) <= 10
            assert shown == [f"Alice: line {number}" for number in range(30 - len(shown), 30)]
            assert bob.runner.load_older(bob.room())
            bob.until(lambda: len(bob.talk()) == 30)
            assert bob.talk() == [f"Alice: line {number}" for number in range(30)]


def test_a_direct_talk(tmp_path: Path) -> None:
    with running_server(tmp_path) as address, Person("Alice", address) as alice, Person("Bob", address) as bob:
        bob.room()
        alice.room()
        room = alice.runner.open_direct("bob")
        alice.runner.say(room, "psst")
        alice.until(lambda: alice.runner.settled)
        bob.until(lambda: bob.runner.chat.find("Alice") is not None)
        bob.until(lambda: bob.talk("Alice") == ["Alice: psst"])
        assert bob.runner.chat.find("Alice").mentions == 1  # type: ignore[union-attr]


def test_a_server_that_was_killed_comes_back_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    address = Address("127.0.0.1", server.port)
    try:
        with Person("Alice", address) as alice, Person("Bob", address) as bob:
            bob.room()
            room = alice.room()
            for number in range(20):
                alice.runner.say(room, f"line {number}")
            alice.until(lambda: any(line.state == "sent" for line in room.lines))
            server.kill()
            alice.until(lambda: alice.runner.chat.status.state != "online")
            alice.runner.say(room, "said while away")
            server = ServerProcess(tmp_path, port=address.port)
            for person in (alice, bob):
                person.runner.reconnect()
                person.until(lambda person=person: person.runner.ready)
            alice.until(lambda: alice.runner.settled)
            alice.until(lambda: "Alice: said while away" in alice.talk())
            stored = [line.text for line in room.lines if line.is_talk and line.state == "sent"]
            assert len(stored) == len(set(stored))
            assert stored[-1] == "said while away"
            failed = [line.text for line in room.lines if line.state == "failed"]
            assert sorted(stored + failed) == sorted([*(f"line {number}" for number in range(20)), "said while away"])
            bob.until(lambda: "Alice: said while away" in bob.talk())
            assert bob.talk() == [f"Alice: {text}" for text in stored]
    finally:
        server.stop()


def test_a_server_that_is_down_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with Person("Alice", Address("127.0.0.1", port)) as alice:
        alice.until(lambda: alice.runner.chat.status.state == "offline")
        assert alice.runner.chat.status.text == f"Can't reach 127.0.0.1:{port}: connection refused"
        assert alice.runner.next_deadline() == alice.runner.chat.status.retry_at
        alice.until(lambda: alice.runner.chat.status.state == "connecting")


@pytest.mark.parametrize("host", ["no such host", "a" * 300, "\ud800.example", "nowhere.invalid"])
def test_a_host_that_is_none_is_a_sentence(host: str) -> None:
    with Person("Alice", Address(host, 1)) as alice:
        alice.until(lambda: alice.runner.chat.status.state == "offline")
        assert alice.runner.chat.status.text.startswith("Can't reach ")


def test_quitting_tells_the_others(tmp_path: Path) -> None:
    with running_server(tmp_path) as address, Person("Bob", address) as bob:
        with Person("Alice", address) as alice:
            alice.room()
            bob.until(lambda: any(person.nick == "Alice" for person in bob.room().people))
            assert any(isinstance(event, Left) for event in alice.leave("gone fishing"))
        bob.until(lambda: any("gone fishing" in line.text for line in bob.room().lines))  # fmt: skip


def test_address_and_name_are_kept_for_the_next_time(tmp_path: Path) -> None:
    with running_server(tmp_path) as address:
        runner = ClientRunner(ClientOptions("Alice", address))
        runner.start()
        deadline = time.monotonic() + DEADLINE
        while runner.chat.status.state != "online" and time.monotonic() < deadline:
            runner.pump()
            time.sleep(0.01)  # a front end's event loop would wait for on_wakeup
        runner.stop()
        assert recall() == Remembered(str(address), "Alice")


def test_the_name_that_was_wanted_is_kept_and_not_what_did_for_it(tmp_path: Path) -> None:
    with running_server(tmp_path) as address, Person("Alice", address) as alice:
        alice.room()
        with Driver(ClientOptions("Alice", address, rename=True)) as other:
            while other.runner.chat.status.state != "online":
                other.wait(DEADLINE)
            assert other.runner.chat.nick == "Alice_"
            other.leave()
        assert recall().nick == "Alice"


def test_one_wakeup_until_the_next_pump(tmp_path: Path) -> None:
    woken = threading.Semaphore(0)
    with running_server(tmp_path) as address:
        runner = ClientRunner(ClientOptions("Alice", address, remember=False), woken.release)
        runner.start()
        assert woken.acquire(timeout=DEADLINE)
        while not runner.ready:
            runner.pump()
            if not runner.ready:
                assert woken.acquire(timeout=DEADLINE)
                assert not woken.acquire(blocking=False)
        runner.stop()
        assert runner.chat.find("#lobby") is not None


def test_an_action_alone_wakes_the_front_end() -> None:
    woken = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        runner = ClientRunner(ClientOptions("Alice", Address(*sock.getsockname()), remember=False), woken.set)
        runner.start()
        assert woken.wait(DEADLINE)
        while runner.pump() or runner.chat.status.state != "connecting":
            woken.wait(0.1)
        woken.clear()
        runner.say(runner.chat.server, "/help")
        assert woken.wait(DEADLINE)
        assert runner.pump()
        runner.stop()


@pytest.mark.parametrize(("bound", "value"), [("MAX_INBOX", 1000), ("MAX_INBOX_BYTES", 20_000)])
def test_a_flood_is_applied_in_portions_and_past_a_bound_dropped(
    monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(runner_module, bound, value)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        runner = ClientRunner(ClientOptions("Alice", Address(*sock.getsockname()), remember=False))
        runner.start()
        connection, _ = sock.accept()
        with connection:
            deadline = time.monotonic() + DEADLINE
            try:
                for _ in range(200):
                    connection.sendall(b":Bob!b@c PRIVMSG #x :hi\r\n" * 100)
            except OSError:  # it hung up
                pass
            while runner.chat.status.state != "offline" and time.monotonic() < deadline:
                runner.pump(limit=100)
            assert len(runner._inbox) < 10_000
        assert "more came in than could be shown" in runner.chat.status.text
        runner.stop()


def test_a_line_of_a_megabyte_is_left_out_and_the_next_is_shown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        runner = ClientRunner(ClientOptions("Alice", Address(*sock.getsockname()), remember=False))
        runner.start()
        connection, _ = sock.accept()
        with connection:
            connection.sendall(
                b":irc.test NOTICE Alice :" + b"x" * (1 << 20) + b"\r\n:irc.test NOTICE Alice :Hello\r\n"
            )
            deadline = time.monotonic() + DEADLINE
            server = runner.chat.server
            while not any(line.text == "Hello" for line in server.lines) and time.monotonic() < deadline:
                runner.pump()
            assert [line.text for line in server.lines] == [words.OVERLONG, "Hello"]
        runner.stop()


def test_a_pump_ends_when_its_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        runner = ClientRunner(ClientOptions("Alice", Address(*sock.getsockname()), remember=False))
        runner.start()
        connection, _ = sock.accept()
        with connection:
            connection.sendall(b":irc.test NOTICE Alice :Hello\r\n" * 100)
            deadline = time.monotonic() + DEADLINE
            while len(runner._inbox) < 100 and time.monotonic() < deadline:
                time.sleep(0.001)  # until all is there: the pump would take it away
            before = len(runner._inbox)
            runner.pump(seconds=0.0)
            assert len(runner._inbox) == before - 1
        runner.stop()


def test_stopping_while_dialing_leaves_nothing_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        for _ in range(20):
            runner = ClientRunner(ClientOptions("Alice", Address(*sock.getsockname()), remember=False))
            runner.start()
            runner.stop()
            runner.stop()


def test_stopping_as_a_connection_is_there_leaves_it_to_the_thread_that_others_share() -> None:
    shared = Shared()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        address = Address(*sock.getsockname(), scheme="irc")
        runner = ClientRunner(ClientOptions("Alice", address, remember=False), shared=shared)
        runner.start()
        end = time.monotonic() + DEADLINE
        while not shared.thread.connections and time.monotonic() < end:
            time.sleep(0.01)
        runner.stop()
        with sock.accept()[0] as peer:
            peer.settimeout(DEADLINE)
            assert peer.recv(1) == b""
        shared.stop()
