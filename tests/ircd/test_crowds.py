"""Many things at once: whatever one turn brings about, everybody sees what it would see of them one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.ircd.roster import Roster
from chatkit.ircd.state import Session
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net

CAPS = ("", "echo-message message-tags server-time", "multi-prefix userhost-in-names", "labeled-response batch", "")
LINES = (
    "JOIN #a", "JOIN #b", "PART #a", "PRIVMSG #a :hello", "@label=x PRIVMSG #b :labelled", "NAMES #a", "PING x",
    "MODE #a +v two", "NICK other", "NICK two", "TOPIC #a :new", "RENAME #a #c :moved", "@label=y JOIN #a",
    "AWAY :gone", "QUIT :bye", "CAP REQ :away-notify", "MODE #a +u", "WHO #a", "KICK #a two",
)  # fmt: skip
acts = st.lists(st.tuples(st.integers(0, len(CAPS) - 1), st.sampled_from(LINES)), max_size=25)


class People:
    """The same people on a server of their own."""

    def __init__(self, directory) -> None:
        self.net = Net(directory, history={"autoreplay": 0}, limits={"commands_per_second": 0})
        names = ("one", "two", "three", "four", "five")
        self.clients = [self.net.register(nick, caps) for nick, caps in zip(names, CAPS, strict=True)]
        self.seen: list[list[str]] = [[] for _ in names]

    def type(self, number: int, line: str) -> None:
        """One types a line, and the server has not sent anything yet."""
        self.net.ircd.receive(self.clients[number].session, [line.encode()], self.net.now)

    def look(self) -> None:
        """Now it sends, and all look at their screens."""
        self.net.settle()
        for seen, client in zip(self.seen, self.clients, strict=True):
            seen += client.raw()

    def close(self) -> None:
        self.net.check()
        self.net.store.close()


@settings(max_examples=examples(150))
@given(before=acts, at_once=acts)
def test_what_happens_in_one_turn_looks_as_if_it_happened_in_many(tmp_path_factory, before, at_once):
    together, apart = (People(tmp_path_factory.mktemp("net")) for _ in range(2))
    for people, looks in ((together, False), (apart, True)):
        for number, line in before:
            people.type(number, line)
            people.look()
        for number, line in at_once:
            people.type(number, line)
            if looks:
                people.look()
        people.look()
    assert together.seen == apart.seen
    together.close()
    apart.close()


def test_a_crowd_that_comes_in_at_once_is_told_to_those_who_are_there_in_one_piece(net: Net):
    watcher = net.register("watcher")
    watcher.send("JOIN #room")
    watcher.raw()
    crowd = [net.register(f"user{number}") for number in range(20)]
    puts: list[bytes] = []
    watcher.link.put = puts.append
    for client in crowd:
        net.ircd.receive(client.session, [b"JOIN #room"], net.now)
    net.settle()
    assert len(puts) == 1
    assert puts[0].count(b" JOIN #room\r\n") == 20
    for number, client in enumerate(crowd):
        assert client.commands() == ["JOIN", "353", "366"] + ["JOIN"] * (19 - number)


# The names


@pytest.fixture
def crowded(net: Net) -> FakeClient:
    """A member of a room whose names take several lines."""
    host = net.register("host")
    host.send("JOIN #room")
    for number in range(60):
        net.register(f"somebody{number}").send("JOIN #room")
    host.raw()
    return host


def names(client: FakeClient) -> list[str]:
    lines = client.ask("NAMES #room")
    return [word for line in lines[:-1] for word in line.partition(" :")[2].split(" ")]


def anew(client: FakeClient) -> list[str]:
    """What it would be without anything kept."""
    client.net.ircd.channels["#room"].names_changed()
    return names(client)


@pytest.mark.parametrize(
    "line",
    ["MODE #room +v somebody3", "NICK hostess", "KICK #room somebody7", "INVITE x #room", "RENAME #room #Room :x"],
)
def test_names_are_those_of_now(crowded: FakeClient, line):
    assert len(names(crowded)) == 61
    crowded.send(line)
    crowded.raw()
    shown = names(crowded)
    assert shown == anew(crowded)
    late = crowded.net.register("late")
    late.send("JOIN #room")
    assert [*shown, "late"] == names(crowded) == anew(crowded) == names(late)


def test_the_longest_names_fit_into_their_lines(net: Net):
    """``raw`` holds every line to 510 bytes."""
    room = "#" + "x" * 63
    clients = [net.register(f"n{number:x<31}") for number in range(30)]
    for client in clients:
        client.send(f"JOIN {room}")
        assert client.commands()[-1] == "366"


@given(st.lists(st.text("aä\N{SNOWMAN}", min_size=1, max_size=60), max_size=80))
def test_a_roster_has_every_word_once_in_lines_that_fit(words):
    roster = Roster("#room", words)
    assert [word for line in roster.lines for word in line.split(" ")] == words
    assert all(len(line.encode()) <= 510 - 64 - 32 - len(":  353  =  :#room") for line in roster.lines)


def test_a_session_is_told_apart_by_what_it_negotiated(net: Net):
    """Newcomers of one turn get what others say in the form that each has asked for."""
    first = net.register("first")
    first.send("JOIN #room")
    first.raw()
    plain, tagged = net.register("plain"), net.register("tagged", "message-tags server-time")
    sessions: list[Session] = [plain.session, tagged.session]
    for session in sessions:
        net.ircd.receive(session, [b"JOIN #room"], net.now)
    net.ircd.receive(first.session, [b"PRIVMSG #room :hi"], net.now)
    net.settle()
    assert plain.raw()[-1].startswith(":first!")
    assert tagged.raw()[-1].startswith("@time=")
