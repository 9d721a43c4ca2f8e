"""The line-mode client, against a real server."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatkit import plain
from chatkit.client.address import Address
from chatkit.client.options import ClientOptions
from tests.client.servers import DEADLINE, Person, running_server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with running_server(tmp_path) as address:
        yield address


def options(address: Address, nick: str = "Alice") -> ClientOptions:
    return ClientOptions(nick, address, remember=False)


def pipe(monkeypatch: pytest.MonkeyPatch, data: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))


class Keyboard:
    """A standard input that claims to be a terminal, typed by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read, self._write = os.pipe()
        self.stdin = os.fdopen(read)
        self.stdin.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", self.stdin)

    def type(self, line: str) -> None:
        os.write(self._write, line.encode() + b"\n")

    def close(self) -> None:
        os.close(self._write)


class Screen(io.StringIO):
    """A standard output that a test waits on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._changed = threading.Condition()
        monkeypatch.setattr(sys, "stdout", self)

    def flush(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue(), DEADLINE), self.getvalue()


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [re.sub(r"^\[\d\d:\d\d\]", "[12:34]", line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.smoke
def test_a_pipe_is_said_and_ends(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "Hello everyone!\n/me waves\n")
    assert plain.run(options(address)) == 0
    assert shown(capsys) == [
        f"* Connecting to {address}…",
        "* Connected to chatkit as Alice",
        "* You are in #lobby now",
        "[12:34] Alice: Hello everyone!",
        "[12:34] * Alice waves",
        "* You left.",
    ]


def test_what_follows_join_is_said_in_that_room(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "in the lobby\n/join #den\nin the den\n/who\n")
    assert plain.run(options(address)) == 0
    lines = shown(capsys)
    assert "* You are in #den now" in lines
    assert "* In #den: @Alice" in lines
    assert lines.index("* You are in #den now") < lines.index("[12:34] Alice: in the den")
    with Person("Bob", address) as bob:
        assert bob.talk() == ["Alice: in the lobby"]


def test_others_are_heard_with_the_room_they_are_in(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyboard = Keyboard(monkeypatch)
    results: list[int] = []
    face = threading.Thread(target=lambda: results.append(plain.run(options(address))))
    face.start()
    with Person("Bob", address) as bob:
        bob.until(lambda: len(bob.room().people) == 2)
        bob.runner.say(bob.room(), "/join #den")
        bob.room("#den")
        keyboard.type("/join #den")
        bob.until(lambda: len(bob.room("#den").people) == 2)
        bob.say("in the den", "#den")
        bob.say("in the lobby")
        bob.runner.say(bob.room(), "/topic #den Foxes only")
        bob.runner.say(bob.room(), "/msg Alice psst")
        bob.until(lambda: bob.runner.settled)
        keyboard.type("/quit")
        face.join()
    keyboard.close()
    lines = shown(capsys)
    assert results == [0]
    heard = {
        "[12:34] Bob: in the den",
        "[12:34] #lobby Bob: in the lobby",
        "* Bob set the topic: Foxes only",
        "[12:34] (direct) Bob: psst",
    }
    assert heard <= set(lines)
    assert "* The topic of #den is: Foxes only" not in lines  # said once


def test_a_server_that_is_down_ends_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pipe(monkeypatch, "hi\n")
    assert plain.run(options(Address("127.0.0.1", 1))) == 1
    assert capsys.readouterr().err == "chatkit: Can't reach 127.0.0.1:1: connection refused\n"


def test_a_server_that_is_down_is_waited_for_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, screen = Keyboard(monkeypatch), Screen(monkeypatch)
    results: list[int] = []
    face = threading.Thread(target=lambda: results.append(plain.run(options(Address("127.0.0.1", 1)))))
    face.start()
    screen.wait_for("connection refused; trying again in 1 second")
    keyboard.type("/quit")
    face.join()
    keyboard.close()
    assert results == [0]


def test_a_name_that_is_taken_is_varied_in_a_pipe(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "hi\n")
    with Person("Alice", address) as alice:
        alice.room()
        assert plain.run(options(address)) == 0
    lines = shown(capsys)
    assert "* Connected to chatkit as Alice_" in lines
    assert "[12:34] Alice_: hi" in lines


def test_a_name_that_is_taken_is_asked_about_on_a_terminal(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, screen = Keyboard(monkeypatch), Screen(monkeypatch)
    with Person("Alice", address) as alice:
        alice.room()
        results: list[int] = []
        face = threading.Thread(target=lambda: results.append(plain.run(options(address))))
        face.start()
        screen.wait_for("* The name Alice is taken. Your name [Alice_]:")
        keyboard.type("")  # the suggestion will do
        screen.wait_for("* Connected to chatkit as Alice_")
        keyboard.type("/quit")
        face.join()
    keyboard.close()
    assert results == [0]


def test_a_person_without_a_name_is_asked(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard = Keyboard(monkeypatch)
    monkeypatch.setattr("builtins.input", lambda prompt: {"Your name [root]: ": " Carol "}[prompt])
    keyboard.type("/quit")
    with Person("Bob", address) as bob:
        bob.room()
        assert plain.run(options(address, ""), "root") == 0
    keyboard.close()


def test_a_line_that_was_refused_makes_the_status_1(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "/msg nobody hi\n")
    assert plain.run(options(address)) == 1
    assert [line for line in shown(capsys) if "hi" in line] == [
        "! Not sent to nobody: hi (there is nobody called nobody here)"
    ]


def test_a_slow_pipe_is_said_line_by_line(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        results: list[int] = []
        face = threading.Thread(target=lambda: results.append(plain.run(options(address))))
        face.start()
        with Person("Bob", address) as bob:
            os.write(write, b"one\n")
            bob.until(lambda: bob.talk() == ["Alice: one"])
        os.close(write)
        face.join()
    assert results == [0]


def test_whoever_is_thrown_out_of_a_pipe_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "password"
    secret.write_text("right\n")
    pipe(monkeypatch, "hi\n")
    with running_server(tmp_path / "data", password_file=str(secret)) as address:
        assert plain.run(options(address)) == 1
    assert capsys.readouterr().err == "chatkit: The password is wrong, or one is needed.\n"


def test_interrupting_leaves_politely(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyboard = Keyboard(monkeypatch)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(plain.LineSource, "read", interrupt)
    keyboard.type("anything")
    assert plain.run(options(address)) == 130
    keyboard.close()
