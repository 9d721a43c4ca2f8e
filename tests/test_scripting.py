"""``send`` and ``tail`` against a real server."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatkit import scripting
from chatkit.client.address import Address
from tests.client.servers import Person, running_server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with running_server(tmp_path, limits__commands_burst=10_000) as address:
        yield address


def type_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


class Printed(io.StringIO):
    """A standard output that interrupts the program, as ^C does, once it has printed so many lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._left = lines

    def flush(self) -> None:
        if self.getvalue().count("\n") >= self._left:
            raise KeyboardInterrupt


def test_send_returns_once_the_text_is_stored(address: Address) -> None:
    assert scripting.send("#lobby", "deploy done", address=address, nick="deploy") == 0
    with Person("Alice", address) as alice:
        assert alice.talk() == ["deploy: deploy done"]


def test_send_takes_lines_from_a_pipe(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "".join(f"line {number}\n" for number in range(300)).encode() + b"/quit\nno newline")
    assert scripting.send("#ops", address=address, nick="deploy") == 0
    with Person("Alice", address, rooms=("#ops",), history=200) as alice:
        shown = alice.talk("#ops")
        assert shown[-3:] == ["deploy: line 299", "deploy: /quit", "deploy: no newline"]
        assert len(set(shown)) == len(shown) == min(200, 302, len(shown))


def test_send_waits_for_a_slow_pipe(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin, Person("Alice", address) as alice:
        monkeypatch.setattr(sys, "stdin", stdin)
        results: list[int] = []
        sender = threading.Thread(
            target=lambda: results.append(scripting.send("#lobby", address=address, nick="deploy"))
        )
        sender.start()
        os.write(write, b"first\nsec")
        alice.until(lambda: alice.talk() == ["deploy: first"])
        os.write(write, b"ond\n")
        alice.until(lambda: alice.talk() == ["deploy: first", "deploy: second"])
        os.close(write)
        sender.join()
    assert results == [0]


def test_send_to_a_person(address: Address) -> None:
    with Person("Alice", address) as alice:
        alice.room()
        results: list[int] = []
        sender = threading.Thread(
            target=lambda: results.append(scripting.send("alice", "psst", address=address, nick="deploy"))
        )
        sender.start()
        alice.until(lambda: alice.runner.chat.find("deploy") is not None)
        assert alice.talk("deploy") == ["deploy: psst"]
        sender.join()
    assert results == [0]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("nobody", "not sent: there is nobody called nobody here; a room is written '#nobody'"),
        ("#closed", "#closed is closed: you need an invitation"),
    ],
)
def test_send_says_what_was_refused(
    address: Address, target: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Person("Alice", address) as alice:
        alice.runner.say(alice.room(), "/join #closed")
        alice.runner.say(alice.room("#closed"), "/mode +i")
        alice.until(lambda: any(line.kind == "mode" for line in alice.room("#closed").lines))
        assert scripting.send(target, "hi", address=address, nick="deploy") == 1
    assert sentence in capsys.readouterr().err


def test_send_doubts_a_room_where_nobody_is_and_nothing_was_said(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "nobody else is in #typo, and nothing is known to have been said there: is it the right room?"
    assert scripting.send("#typo", "hi", address=address, nick="deploy") == 0
    assert capsys.readouterr().err == f"chatkit: {said}\n"
    assert scripting.send("#typo", "hi", address=address, nick="deploy") == 0
    with Person("Alice", address, rooms=("#silent",)) as alice:
        alice.room("#silent")
        assert scripting.send("#silent", "hi", address=address, nick="deploy") == 0
    assert capsys.readouterr().err == ""


def test_send_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert scripting.send("#lobby", "hi", address=Address("127.0.0.1", 1)) == 1
    assert capsys.readouterr().err == "chatkit: Can't reach 127.0.0.1:1: connection refused\n"


def test_send_with_a_wrong_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "password"
    secret.write_text("right\n")
    with running_server(tmp_path / "data", password_file=str(secret)) as address:
        assert scripting.send("#lobby", "hi", address=address, password="wrong") == 1  # noqa: S106  # of no one
        assert "password is wrong" in capsys.readouterr().err
        assert scripting.send("#lobby", "hi", address=address, password="right") == 0  # noqa: S106  # of no one


def test_send_takes_another_name_quietly_where_its_own_is_taken(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    with Person("deploy", address) as other:
        other.room()
        assert scripting.send("#lobby", "hi", address=address, nick="deploy") == 0
        other.until(lambda: other.talk() == ["deploy_: hi"])
    assert capsys.readouterr().err == ""


def test_tail_prints_all_since_then_once_and_goes_on(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with Person("Alice", address) as alice:
        for number in range(250):
            alice.runner.say(alice.room(), f"line {number}")
        alice.say("/me waves")
        printed = Printed(252)
        monkeypatch.setattr(sys, "stdout", printed)
        results: list[int] = []
        follower = threading.Thread(
            target=lambda: results.append(scripting.tail("#lobby", address=address, nick="log", since_ms=0))
        )
        follower.start()
        alice.until(lambda: printed.getvalue().count("\n") == 251)
        alice.say("live")
        follower.join()
    assert results == [130]
    lines = printed.getvalue().splitlines()
    assert [line[20:] for line in lines] == [*(f"Alice: line {number}" for number in range(250)), "* Alice waves",
                                             "Alice: live"]  # fmt: skip


def test_tail_says_that_there_is_nobody_to_follow_and_waits(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, warned = Printed(1), io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)
    monkeypatch.setattr(sys, "stderr", warned)
    results: list[int] = []
    follower = threading.Thread(target=lambda: results.append(scripting.tail("#typo", address=address, nick="log")))
    with Person("Alice", address) as alice:
        follower.start()
        alice.until(lambda: warned.getvalue().endswith("\n"))
        alice.runner.say(alice.room(), "/join #typo")
        alice.runner.post(alice.room("#typo"), "hi")
        follower.join()
    assert results == [130]
    assert warned.getvalue() == "chatkit: nobody else is in #typo; waiting for what will be said there\n"


def test_tail_as_json(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with Person("Alice", address) as alice:
        alice.say("Grüße")
    printed = Printed(1)
    monkeypatch.setattr(sys, "stdout", printed)
    assert scripting.tail("#lobby", address=address, nick="log", since_ms=0, as_json=True) == 130
    row = json.loads(printed.getvalue())
    assert row.keys() == {"time", "nick", "room", "text", "kind", "msgid"}
    assert (row["nick"], row["room"], row["text"], row["kind"]) == ("Alice", "#lobby", "Grüße", "message")


def test_tail_ends_quietly_when_nobody_reads(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with Person("Alice", address) as alice:
        alice.say("hi")
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert scripting.tail("#lobby", address=address, nick="log", since_ms=0) == 0


def test_tail_survives_a_restart_without_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = Printed(3)
    monkeypatch.setattr(sys, "stdout", printed)
    results: list[int] = []
    with running_server(tmp_path) as address:
        follower = threading.Thread(
            target=lambda: results.append(scripting.tail("#lobby", address=address, nick="log"))
        )
        follower.start()
        with Person("Alice", address) as alice:
            alice.until(lambda: len(alice.room().people) == 2)
            alice.say("before")
            alice.until(lambda: printed.getvalue().count("\n") == 1)
    with running_server(tmp_path, address.port) as address, Person("Alice", address) as alice:
        alice.say("meanwhile")
        alice.until(lambda: len(alice.room().people) == 2)
        alice.say("after")
        follower.join()
    assert [line[20:] for line in printed.getvalue().splitlines()] == [
        "Alice: before", "Alice: meanwhile", "Alice: after",
    ]  # fmt: skip


def test_tail_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert scripting.tail("#lobby", address=Address("127.0.0.1", 1)) == 1
    assert capsys.readouterr().err == "chatkit: Can't reach 127.0.0.1:1: connection refused\n"


@pytest.mark.parametrize(("text", "ago"), [("30s", 30), ("30m", 1800), ("1h", 3600), ("2d", 172800), (" 1 W ", 604800)])
def test_since_as_a_length_of_time(text: str, ago: int) -> None:
    assert scripting.parse_since(text, 1_800_000_000_000) == 1_800_000_000_000 - ago * 1000


def test_since_as_a_time() -> None:
    assert scripting.parse_since("2026-11-22T12:34:56Z", 0) == 1795350896000
    assert scripting.parse_since("2026-11-22T12:34:56+01:00", 0) == 1795350896000 - 3600_000


@pytest.mark.parametrize("text", ["", "soon", "1y", "h", "99999999h", "2026-13-01"])
def test_since_that_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no time: write"):
        scripting.parse_since(text, 0)
