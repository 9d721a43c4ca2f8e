"""Channel mode u: members without a prefix see those who have one, and themselves."""

from __future__ import annotations

import pytest


def who(client):
    return f"{client.session.user.nick}!~{client.session.user.nick}@127.0.0.1"


@pytest.fixture
def hall(net, alice):
    """An auditorium with alice, who runs it, vera, who has a voice, and bob."""
    vera, bob = net.register("vera"), net.register("bob")
    net.gather("#hall", alice, vera)
    alice.send("MODE #hall +uv vera")
    net.gather("#hall", bob)
    for client in (alice, vera, bob):
        client.raw()
    return alice, vera, bob


@pytest.mark.smoke
def test_a_newcomer_is_shown_to_those_with_a_prefix_only(net, hall):
    alice, vera, bob = hall
    carol = net.register("carol")
    line = f":{who(carol)} JOIN #hall"
    assert carol.ask("JOIN #hall") == [
        line,
        ":chat.test 353 carol = #hall :@alice +vera carol",
        ":chat.test 366 carol #hall :End of /NAMES list",
    ]
    assert (alice.received(), vera.received(), bob.received()) == ([line], [line], [])


def test_names_and_who_show_everybody_to_those_with_a_prefix(net, hall):
    _, vera, bob = hall
    assert vera.ask("NAMES #hall")[0].endswith(" :@alice +vera bob")
    net.gather("#hall", net.register("carol"))
    assert bob.ask("NAMES #hall")[0].endswith(" :@alice +vera bob")
    assert [line.split(" ")[7] for line in bob.ask("WHO #hall")[:-1]] == ["alice", "vera", "bob"]
    assert net.register("dan").ask("NAMES #hall")[0].endswith(" :@alice +vera")


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("PART #hall", "PART #hall"),
        ("QUIT :bye", "QUIT :Quit: bye"),
        ("NICK caroline", "NICK caroline"),
        ("JOIN 0", "PART #hall"),
    ],
)
def test_what_a_hidden_member_does_is_hidden_too(net, hall, line, seen):
    alice, vera, bob = hall
    carol = net.register("carol")
    net.gather("#hall", carol)
    for client in (alice, vera):
        client.raw()
    source = who(carol)
    carol.send(line)
    assert (alice.received(), vera.received(), bob.received()) == ([f":{source} {seen}"], [f":{source} {seen}"], [])


def test_a_hidden_member_that_is_kicked_is_told(net, hall):
    alice, _, bob = hall
    carol = net.register("carol")
    net.gather("#hall", carol)
    alice.raw()
    line = f":{who(alice)} KICK #hall carol :out"
    assert alice.ask("KICK #hall carol :out") == [line]
    assert (carol.received(), bob.received()) == ([line], [])


def test_whoever_gets_a_prefix_is_shown_before_that_is_told(net, hall):
    alice, vera, bob = hall
    carol = net.register("carol")
    net.gather("#hall", carol)
    vera.raw()
    mode = f":{who(alice)} MODE #hall +v bob"
    alice.send("MODE #hall +v bob")
    assert carol.received() == [f":{who(bob)} JOIN #hall", mode]
    assert (bob.received(), vera.received()) == ([f":{who(carol)} JOIN #hall", mode], [mode])
    bob.send("PART #hall")
    assert carol.received() == [f":{who(bob)} PART #hall"]


def test_whoever_gets_a_prefix_is_shown_the_others(net, hall):
    alice, _, bob = hall
    carol, dan = net.register("carol"), net.register("dan")
    net.gather("#hall", carol, dan)
    bob.raw()
    mode = f":{who(alice)} MODE #hall +vo dan carol"
    alice.send("MODE #hall +vo dan carol")
    line = {client: f":{who(client)} JOIN #hall" for client in (bob, carol, dan)}
    assert dan.received() == [line[bob], line[carol], mode]
    assert carol.received() == [line[dan], line[bob], mode]
    assert bob.received() == [line[dan], line[carol], mode]


def test_those_who_were_there_before_are_known_and_leave_in_sight(net, hall):
    alice, *_ = hall
    alice.send("MODE #hall -u")
    carol, dan = net.register("carol"), net.register("dan")
    net.gather("#hall", carol, dan)
    alice.send("MODE #hall +u")
    dan.raw()
    carol.send("PART #hall")
    assert dan.received() == [f":{who(carol)} PART #hall"]


def test_when_it_is_an_auditorium_no_more_all_are_shown(net, hall):
    alice, _, bob = hall
    carol = net.register("carol")
    net.gather("#hall", carol)
    alice.send("MODE #hall -u")
    mode = f":{who(alice)} MODE #hall -u"
    assert bob.received() == [f":{who(carol)} JOIN #hall", mode]
    assert carol.received() == [f":{who(bob)} JOIN #hall", mode]
    assert bob.ask("NAMES #hall")[0].endswith(" :@alice +vera bob carol")
    carol.send("PART #hall")
    assert bob.received() == [f":{who(carol)} PART #hall"]


def test_what_is_said_reaches_all(net, hall):
    *_, bob = hall
    carol = net.register("carol")
    net.gather("#hall", carol)
    carol.send("PRIVMSG #hall :hi")
    assert bob.received() == [f":{who(carol)} PRIVMSG #hall :hi"]
