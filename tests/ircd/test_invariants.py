"""Whatever clients type, in whatever state: no handler fails, every answer is a line, and all agree who is where."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.ircd.commands import COMMANDS
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.message import MAX_LINE, Message, parse
from chatkit.proto.modes import PREFIX_ORDER
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.strategies import LINES

CLIENTS = 4
ALL_CAPS = "labeled-response batch echo-message message-tags server-time draft/chathistory away-notify multi-prefix"


class Screen:
    """What one client knows from the lines it got: its nick, and who is in its rooms."""

    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self.nick = ""
        self.rooms: dict[str, set[str]] = {}
        self.batches: set[str] = set()

    def read(self) -> None:
        """Take what has come, and hold it against what a server may send."""
        for line in self.client.raw():  # which checks its end, its encoding and its length
            assert not set("\r\n\0") & set(line)
            tags = line.partition(" ")[0] if line.startswith("@") else ""
            assert len(tags) < 8191
            assert len(line.encode()) - len(tags.encode()) <= MAX_LINE
            self._follow(parse(line))

    def _follow(self, message: Message) -> None:
        if "batch" in message.tags:
            assert message.tags["batch"] in self.batches
        handler = getattr(self, f"_on_{message.command.lower()}", None)
        if handler is not None:
            handler(message.params, split_source(message.source or "").nick)

    def _is_me(self, nick: str) -> bool:
        return casefold(nick) == casefold(self.nick)

    def _on_001(self, params: list[str], _: str) -> None:
        self.nick = params[0]

    def _on_batch(self, params: list[str], _: str) -> None:
        if params[0][0] == "+":
            self.batches.add(params[0][1:])
        else:
            self.batches.remove(params[0][1:])

    def _on_join(self, params: list[str], who: str) -> None:
        room = casefold(params[0])
        if self._is_me(who):
            assert room not in self.rooms
            self.rooms[room] = set()
        assert casefold(who) not in self.rooms[room]
        self.rooms[room].add(casefold(who))

    def _on_353(self, params: list[str], _: str) -> None:
        if (room := casefold(params[2])) in self.rooms:
            self.rooms[room] |= {casefold(name.lstrip(PREFIX_ORDER)) for name in params[3].split(" ")}

    def _on_part(self, params: list[str], who: str) -> None:
        self._leave(params[0], who)

    def _on_kick(self, params: list[str], _: str) -> None:
        self._leave(params[0], params[1])

    def _leave(self, room: str, who: str) -> None:
        if self._is_me(who):
            del self.rooms[casefold(room)]
        else:
            self.rooms[casefold(room)].remove(casefold(who))

    def _on_quit(self, _: list[str], who: str) -> None:
        shared = [members for members in self.rooms.values() if casefold(who) in members]
        assert shared, "told of somebody it did not know"
        for members in shared:
            members.remove(casefold(who))

    def _on_nick(self, params: list[str], who: str) -> None:
        if self._is_me(who):
            self.nick = params[0]
        for members in self.rooms.values():
            if casefold(who) in members:
                members.remove(casefold(who))
                members.add(casefold(params[0]))

    def check(self) -> None:
        """Hold what this client knows against what is."""
        user = self.client.session.user
        if self.client.session.gone:
            assert self.client.link.closed
        elif user is None:
            assert self.rooms == {}
        else:
            assert user.nick == self.nick
            assert self.rooms == {
                key: {casefold(member.nick) for member in channel.members} for key, channel in user.channels.items()
            }


class Failures(logging.Handler):
    """Keeps what the ircd logs as its own failures."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


@contextmanager
def watched() -> Iterator[Failures]:
    failures, logger = Failures(), logging.getLogger("chatkit.ircd")
    logger.addHandler(failures)
    try:
        yield failures
    finally:
        logger.removeHandler(failures)


@contextmanager
def a_net() -> Iterator[Net]:
    with tempfile.TemporaryDirectory() as directory:
        net = Net(Path(directory), limits={"commands_per_second": 0}, rooms={"autojoin": ["#room"]})
        try:
            yield net
        finally:
            net.store.close()


def connect(net: Net, number: int) -> FakeClient:
    """Clients in every state: bare, between NICK and USER, registered, and registered with everything."""
    client = net.connect("2001:db8:1111:2222:3333:4444:5555:6666" if number % 2 else "127.0.0.1")
    if number == 1:
        client.send("NICK half")
    if number >= 2:
        client.send(f"CAP REQ :{ALL_CAPS if number == 3 else 'cap-notify'}", f"NICK n{number}", "USER u 0 * :R")
        client.send("CAP END", f"NICK user{number}")
    return client


STEP = st.tuples(st.integers(0, CLIENTS - 1), st.lists(LINES, min_size=1, max_size=3))
EVENT = st.sampled_from(["silence", "hang up", "slow store", "quick store", "broken store", "sound store"])


@settings(max_examples=150)
@given(steps=st.lists(STEP | st.tuples(st.integers(0, CLIENTS - 1), EVENT), max_size=40))
def test_whatever_is_typed_the_rules_hold(steps):
    with a_net() as net, watched() as failures:
        screens = [Screen(connect(net, number)) for number in range(CLIENTS)]
        for number, what in steps:
            if isinstance(what, str):
                happen(net, screens[number].client, what)
            else:
                screens[number].client.send(*what)
            assert not failures.found, failures.found[0]
            net.check()
            read_and_check(screens)
            screens = [Screen(connect(net, i)) if s.client.session.gone else s for i, s in enumerate(screens)]
            read_and_check(screens)
        net.broken = False
        net.answer()
        for screen in screens:
            screen.read()
            assert not screen.batches, "a batch that never ends"


def read_and_check(screens: list[Screen]) -> None:
    for screen in screens:
        screen.read()
    for screen in screens:
        screen.check()


def happen(net: Net, client: FakeClient, what: str) -> None:
    if what == "silence":
        net.move_clock(25)
    elif what == "hang up":
        net.disconnect(client)
        client.link.close()
    elif what.endswith("store"):
        net.slow = {"slow store": True, "quick store": False}.get(what, net.slow)
        net.broken = {"broken store": True, "sound store": False}.get(what, net.broken)
        net.settle()


@pytest.mark.smoke
@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize("state", range(CLIENTS))
def test_every_command_answers_any_number_of_parameters(command, state):
    """Too few, too many, empty, over-long and ill-encoded: in every registration state."""
    params = ["", "alice", "#room", "x" * 400, "*", ",", "+o", "0"]
    with a_net() as net, watched() as failures:
        for param in params:
            for count in range(5):
                line = " ".join([command, *[param or "x"] * (count - 1), *[":" + param] * bool(count)])
                screen = Screen(connect(net, state))
                screen.client.send(line, line.encode() + b"\xff", "PING alive")
                assert not failures.found, failures.found[0]
                net.check()
                answer = screen.client.link.data
                assert b"PONG chat.test :alive" in answer or b"ERROR :" in answer
                screen.read()
                net.disconnect(screen.client)
