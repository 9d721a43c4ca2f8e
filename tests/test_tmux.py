"""A session in a real terminal, by keys alone: what a person at the keyboard sees, on small and large screens."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatkit.client.address import Address
from tests.client.servers import Person, running_server
from tests.conftest import Needs
from tests.ircds import KINDS, Ircd
from tests.terminal import Terminal

SIZES = {"80x24": (80, 24), "250x70": (250, 70)}
LOOKS = {"colours": {}, "no-colours": {"NO_COLOR": "1"}, "sixteen": {"TERM": "screen", "COLORTERM": ""}}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with running_server(tmp_path / "data") as address:
        yield address


@pytest.fixture
def bob(address: Address) -> Iterator[Person]:
    with Person("Bob", address) as bob:
        bob.room()
        yield bob


@contextmanager
def joining(size: tuple[int, int], *options: str, **environment: str) -> Iterator[Terminal]:
    """``chatkit join``, just started."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    command = ["env", *variables, sys.executable, "-m", "chatkit", "join", *options]
    terminal = Terminal(f"chatkit-{uuid.uuid4().hex}", command, *size)
    try:
        yield terminal
    finally:
        terminal.close()


@contextmanager
def alice_at(address: Address, size: tuple[int, int], *options: str, **environment: str) -> Iterator[Terminal]:
    """The terminal client, in the lobby."""
    with joining(size, str(address), "--nick", "Alice", *options, **environment) as terminal:
        terminal.wait_for("Connected to")
        yield terminal


def until_bob(bob: Person, has: Callable[[list[str]], bool]) -> None:
    bob.until(lambda: has(bob.talk()))


def escape(alice: Terminal, shown: str) -> None:
    """Close what shows ``shown``, and wait: what is typed right behind Esc is Alt and a letter to a terminal."""
    alice.type("Escape")
    alice.wait_for(lambda screen: shown not in screen)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_session_by_keys_alone(address, bob, needs: Needs, size):
    needs("tmux")
    with alice_at(address, size) as alice:
        alice.line("Hi *Bob*")
        until_bob(bob, lambda talk: talk == ["Alice: Hi Bob"])
        bob.say("Hello Alice!")
        alice.wait_for("Hello Alice!")

        alice.type("F5", "r")  # the newest message: reply
        alice.line("how are you?")
        bob.until(lambda: any(line.reply is not None for line in bob.room().lines))
        alice.type("F5", "Up", "+")  # the one before
        alice.wait_for("👍")
        alice.type("Enter")  # the first of the usual reactions
        bob.until(lambda: any(line.reactions for line in bob.room().lines))

        alice.type("M-e")  # edit the last own message
        alice.wait_for("❯ how are you?")
        alice.type("BSpace")
        alice.line(" today?")
        until_bob(bob, lambda talk: "Alice: how are you today?" in talk and "Alice: how are you?" not in talk)

        alice.line("/join #tea")
        alice.wait_for("#tea")
        bob.runner.say(bob.room(), "Alice, still there?")
        alice.wait_for("@1")
        alice.type("M-a")  # to what is unread
        alice.wait_for("Alice, still there?")

        alice.type("C-f", *"hello")  # search, and go there
        alice.wait_for("1 found")
        alice.type("Enter")
        alice.wait_for(lambda screen: "found" not in screen)
        alice.type("C-k", *"tea")  # the palette
        alice.wait_for(lambda screen: "#tea" in screen and "room" in screen)
        alice.type("Enter")
        alice.wait_for("1 person")
        alice.line("only tea here")
        bob.runner.join("#tea")
        bob.until(lambda: bob.talk("#tea") == ["Alice: only tea here"])

        alice.type("C-q")
        bob.until(lambda: [person.nick for person in bob.room().people] == ["Bob"])


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_first_words_of_a_newcomer_are_said(address, bob, needs: Needs, size):
    needs("tmux")
    with joining(size) as ann:
        ann.wait_for("Where do you want to go?")
        ann.type(*"Ann", "Tab", "Tab")
        ann.line(str(address))
        ann.wait_for("Connected to chatkit as Ann")
        ann.line("Hello, I am Ann")
        until_bob(bob, lambda talk: talk == ["Ann: Hello, I am Ann"])


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_it_is_readable_without_colours_and_with_few(address, bob, needs: Needs, look):
    needs("tmux")
    with alice_at(address, (100, 30), **look) as alice:
        bob.say("Alice: Grüße, 山田 🍜")
        screen = alice.wait_for("Grüße, 山田 🍜")
        row = next(row for row in screen.splitlines() if "Grüße" in row)
        assert "▌" in row.split("Bob")[0], "a mention is marked by more than a colour"
        alice.line("/join #tea")
        alice.wait_for("1 person")  # she is there: what is said in the lobby is for later
        bob.say("Alice?")
        screen = alice.wait_for("@1")
        alice.type("?")
        alice.wait_for("send again what was not sent")
        escape(alice, "send again what was not sent")
        alice.line("seen")
        alice.wait_for("Alice: seen")


def test_a_terminal_that_can_do_nothing_gets_plain_lines(address, bob, needs: Needs):
    needs("tmux")
    with alice_at(address, (80, 24), "--plain", TERM="dumb") as alice:
        bob.say("Hi Alice")
        alice.wait_for("Bob: Hi Alice")
        alice.line("/react Bob 👍")
        bob.until(lambda: any(line.reactions for line in bob.room().lines))
        alice.line("/quit")
        bob.until(lambda: [person.nick for person in bob.room().people] == ["Bob"])


def test_several_lines_are_typed_and_a_long_paste_is_asked_about(address, bob, needs: Needs):
    needs("tmux")
    with alice_at(address, (80, 24)) as alice:
        alice.type("one", "C-j", "two", "Enter")
        until_bob(bob, lambda talk: talk == ["Alice: one\ntwo"])
        for number in range(8):
            alice.type(f"row{number}", "C-j")
        alice.type("row8", "Enter")
        alice.wait_for("Send 9 lines?")
        escape(alice, "Send 9 lines?")
        alice.wait_for("row8")
        assert bob.talk() == ["Alice: one\ntwo"]


@pytest.mark.parametrize("name", KINDS, ids=lambda name: name.replace(" ", "-"))
def test_it_is_at_home_on_other_peoples_servers(needs: Needs, tmp_path, name):
    needs("tmux")
    with Ircd(name, tmp_path) as ircd, Person("Bob", ircd.address, rooms=("#tea",)) as bob:
        bob.room("#tea")
        with alice_at(ircd.address, (100, 30), "--channel", "#tea") as alice:
            alice.wait_for("#tea")
            alice.line("Hello Bob")
            bob.until(lambda: bob.talk("#tea") == ["Alice: Hello Bob"])
            bob.say("Hello Alice", "#tea")
            screen = alice.wait_for("Hello Alice")
            assert screen.count("Hello Bob") == 1
            alice.line("/react 👍")
            if name == "InspIRCd with IRCv3":
                bob.until(lambda: any(line.reactions for line in bob.room("#tea").lines))
            else:
                alice.wait_for(lambda screen: "react" in screen)
            alice.type("C-q")
            bob.until(lambda: [person.nick for person in bob.room("#tea").people] == ["Bob"])
