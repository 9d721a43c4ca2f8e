"""The line-mode client, against a real server."""

from __future__ import annotations

import contextlib
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
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.options import ClientOptions, Start
from chatkit.client.remembered import Remembered
from chatkit.client.settings import Network
from tests.client.servers import DEADLINE, Person, running_server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with running_server(tmp_path) as address:
        yield address


def start(address: Address, nick: str = "Alice", suggestion: str | None = None) -> Start:
    return Start((ClientOptions(nick, address, remember=False),), suggestion)


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

    def wait_for(self, text: str, begin: int = 0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue()[begin:], DEADLINE), self.getvalue()


class Face:
    """The client on a terminal, typed and read by a test. It has to have been left by the end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start: Start) -> None:
        self._keyboard, self._screen = Keyboard(monkeypatch), Screen(monkeypatch)
        self.status: int | None = None
        self._thread = threading.Thread(target=lambda: self._run(start))

    def _run(self, start: Start) -> None:
        self.status = plain.run(start)

    def __enter__(self) -> Face:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._keyboard.close()  # the end of the input is an end too
        self._thread.join(DEADLINE)

    def type(self, *lines: str) -> None:
        for line in lines:
            self._keyboard.type(line)

    def wait_for(self, text: str) -> None:
        self._screen.wait_for(text)

    def ask(self, line: str, answer: str) -> None:
        """Type ``line``, and wait for ``answer``."""
        begin = len(self._screen.getvalue())
        self.type(line)
        self._screen.wait_for(answer, begin)

    def leave(self) -> None:
        """Type /quit, and see that this ends it well."""
        self.type("/quit")
        self._thread.join(DEADLINE)
        assert self.status == 0

    @property
    def lines(self) -> list[str]:
        """What was shown, with the times left out."""
        return timeless(self._screen.getvalue())


@contextlib.contextmanager
def in_lobby(monkeypatch: pytest.MonkeyPatch, address: Address) -> Iterator[Face]:
    """A face that is in its first room, and leaves well at the end."""
    with Face(monkeypatch, start(address)) as face:
        face.wait_for("* You are in #lobby now")
        yield face
        face.leave()


def timeless(text: str) -> list[str]:
    return [re.sub(r"^\[\d\d:\d\d\]", "[12:34]", line) for line in text.splitlines()]


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return timeless(capsys.readouterr().out)


@pytest.mark.smoke
def test_a_pipe_is_said_and_ends(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "Hello everyone!\n/me waves\n")
    assert plain.run(start(address)) == 0
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
    assert plain.run(start(address)) == 0
    lines = shown(capsys)
    assert "* You are in #den now" in lines
    assert "* In #den: @Alice" in lines
    assert lines.index("* You are in #den now") < lines.index("[12:34] Alice: in the den")
    with Person("Bob", address) as bob:
        assert bob.talk() == ["Alice: in the lobby"]


def test_others_are_heard_with_the_room_they_are_in(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with Face(monkeypatch, start(address)) as face, Person("Bob", address) as bob:
        bob.until(lambda: len(bob.room().people) == 2)
        bob.runner.say(bob.room(), "/join #den")
        bob.room("#den")
        face.type("/join #den")
        bob.until(lambda: len(bob.room("#den").people) == 2)
        bob.say("in the den", "#den")
        bob.say("in the lobby")
        bob.runner.say(bob.room(), "/topic #den Foxes only")
        bob.runner.say(bob.room(), "/msg Alice psst")
        bob.until(lambda: bob.runner.settled)
        face.wait_for("psst")
        face.leave()
    heard = {
        "[12:34] Bob: in the den",
        "[12:34] #lobby Bob: in the lobby",
        "* Bob set the topic: Foxes only",
        "[12:34] (direct) Bob: psst",
    }
    assert heard <= set(face.lines)
    assert "* The topic of #den is: Foxes only" not in face.lines  # said once


def test_a_server_that_is_down_ends_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pipe(monkeypatch, "hi\n")
    assert plain.run(start(Address("127.0.0.1", 1))) == 1
    assert capsys.readouterr().err == "chatkit: Can't reach 127.0.0.1:1: connection refused\n"


def test_a_server_that_is_down_is_waited_for_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with Face(monkeypatch, start(Address("127.0.0.1", 1))) as face:
        face.wait_for("connection refused; trying again in 1 second")
        face.leave()


def test_a_name_that_is_taken_is_varied_in_a_pipe(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "hi\n")
    with Person("Alice", address) as alice:
        alice.room()
        assert plain.run(start(address)) == 0
    lines = shown(capsys)
    assert "* Connected to chatkit as Alice_" in lines
    assert "[12:34] Alice_: hi" in lines


def test_a_name_that_is_taken_is_asked_about_on_a_terminal(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with Person("Alice", address) as alice:
        alice.room()
        with Face(monkeypatch, start(address)) as face:
            face.wait_for("* The name Alice is taken. Your name [Alice_]:")
            face.ask("", "* Connected to chatkit as Alice_")  # the suggestion will do
            face.leave()


def test_a_person_without_a_name_is_asked(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard = Keyboard(monkeypatch)
    monkeypatch.setattr("builtins.input", lambda prompt: {"Your name [root]: ": " Carol "}[prompt])
    keyboard.type("/quit")
    with Person("Bob", address) as bob:
        bob.room()
        assert plain.run(start(address, "root", "root")) == 0
    keyboard.close()


def test_a_line_that_was_refused_makes_the_status_1(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "/msg nobody hi\n")
    assert plain.run(start(address)) == 1
    assert [line for line in shown(capsys) if "hi" in line] == [
        "! Not sent to nobody: hi (there is nobody called nobody here)"
    ]


def test_a_slow_pipe_is_said_line_by_line(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        results: list[int] = []
        face = threading.Thread(target=lambda: results.append(plain.run(start(address))))
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
        assert plain.run(start(address)) == 1
    assert capsys.readouterr().err == "chatkit: This server asks for a password.\n"


def test_interrupting_leaves_politely(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyboard = Keyboard(monkeypatch)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(plain.LineSource, "read", interrupt)
    keyboard.type("anything")
    assert plain.run(start(address)) == 130
    keyboard.close()


def test_a_command_in_a_pipe_is_about_what_was_said_before_it(
    address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, "helo\n/react 1 👍\n/reply 1 yes\n/edit no\n/delete 2 oops\n/search no\n/palette lob\n")
    assert plain.run(start(address)) == 0
    lines = shown(capsys)
    assert lines[3:8] == [
        "[12:34] Alice: helo",
        "* Alice reacted 👍 to “Alice: helo”",
        "[12:34] Alice (answering Alice: helo): yes",
        "* Alice changed “Alice: yes” to: no",
        "* You deleted this: oops (it was “Alice: helo”)",
    ]
    assert lines[8] == "* Found for “no”:"
    assert lines[9].startswith("* #lobby, ")
    assert lines[9].endswith(" Alice: no")
    assert lines[10:] == ["* What fits “lob”:", "* #lobby", "* You left."]


def test_who_gives_no_address_picks_a_place(address: Address, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = Keepsakes.of_user()
    kept.settings.save_network(Network("den", str(address), nick="Alice"))
    kept.recent.add(Remembered("chat.example:6697"))
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    with Face(monkeypatch, Start((), "Al", pick=True)) as face:
        face.wait_for(f"? 1 den ({address}, saved)")
        face.wait_for("? 2 chat.example:6697 (used lately)")
        face.wait_for("? 3 This computer (127.0.0.1:55555)")
        face.ask("9", "! The numbers go from 1 to")
        face.ask("http://x", "! 'http://' is not a chat address")
        face.ask("1", "* You are in #lobby now")
        face.leave()
    assert "* Connected to chatkit as Alice" in face.lines


def test_enter_alone_goes_to_the_first_place_under_the_name_that_was_typed(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keepsakes.of_user().recent.add(Remembered(str(address), "Bob"))
    monkeypatch.setattr("builtins.input", lambda prompt: "Dan")
    with Face(monkeypatch, Start((), "Bob", pick=True)) as face:
        face.wait_for("? Where to?")
        face.ask("", "* Connected to chatkit as Dan")
        face.leave()
    assert sum("Where to?" in line for line in face.lines) == 1


def test_an_address_may_be_typed_where_places_are_offered(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "Carol")
    with Face(monkeypatch, Start((), "Al", pick=True)) as face:
        face.wait_for("? Where to?")
        face.ask(str(address), "* Connected to chatkit as Carol")
        face.leave()


@pytest.mark.parametrize("word", ["/quit", "/cancel"])
def test_nobody_has_to_pick_a_place(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    with Face(monkeypatch, Start((), "Al", pick=True)) as face:
        face.wait_for("? Where to?")
        face.type(word)
    assert face.status == 0


def test_an_account_is_made_and_logged_in_to_question_by_question(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_lobby(monkeypatch, address) as face:
        face.ask("/register", "? Account [Alice]:")
        face.ask("", "? Email (")
        face.ask("", "? Password:")
        face.ask("a long enough one", "? The same again:")
        face.ask("a long enough one", "? Keep the password in the keyring (yes or no) [yes]:")
        face.ask("no", "* You are logged in as Alice.")
    assert "a long enough one" not in "\n".join(face.lines)


def test_who_deletes_is_asked_first(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_lobby(monkeypatch, address) as face:
        face.ask("helo", "Alice: helo")
        face.ask("/delete", "? Delete: yes or no")
        face.type("no")
        face.ask("/delete", "? Delete: yes or no")
        face.ask("yes", "* You deleted this (it was “Alice: helo”)")
    assert "? Delete this message for everyone? (/cancel ends this)" in face.lines


def test_what_was_found_is_gone_to_by_its_number(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_lobby(monkeypatch, address) as face:
        face.ask("the needle", "Alice: the needle")
        face.ask("/join #den", "* You are in #den now")
        face.ask("/search needle", "? 1 #lobby, ")
        face.ask("1", "* That was then.")
        face.ask("/search needle", "? 1 #lobby, ")
        face.ask("no number", "] Alice: no number")
        face.ask("/search nothing like it", "* Nothing found for “nothing like it”")
    at = face.lines.index("* Around that, in #lobby:")
    assert "[12:34] Alice: the needle" in face.lines[at:]


def test_a_second_network_is_joined_and_says_which_it_is(
    address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        running_server(tmp_path / "hut", name="hut") as hut,
        Face(monkeypatch, start(address)) as face,
        Person("Bob", address) as bob,
    ):
        face.wait_for("* You are in #lobby now")
        bob.room()
        face.ask(f"/connect {hut}", "* You are in #lobby of hut now")
        bob.say("psst")
        face.wait_for("chatkit: #lobby Bob: psst")
        face.ask("/network remove hut", "* You left hut")
        face.ask("here again", "] Alice: here again")
        face.leave()


def test_an_answer_can_be_cancelled(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with Face(monkeypatch, start(address)) as face, Person("Bob", address) as bob:
        face.wait_for("* You are in #lobby now")
        bob.say("shall we?")
        face.wait_for("Bob: shall we?")
        face.ask("/reply", "* Your next message answers “Bob: shall we?” (/cancel: it does not)")
        face.ask("/cancel", "* It does not")
        face.ask("/cancel", "! There is nothing to cancel")
        face.ask("no", "] Alice: no")
        face.leave()
