"""RENAME: https://ircv3.net/specs/extensions/channel-rename"""

from __future__ import annotations

import pytest

from chatkit.ircd.handlers import rename
from chatkit.store.records import HistoryQuery
from tests.ircd.people import log_in, open_account, restart

ALICE = "alice!~alice@127.0.0.1"
BOB = "bob!~bob@127.0.0.1"
CAP = "draft/channel-rename"


@pytest.fixture
def alice(net):
    return net.register("alice", CAP)


@pytest.fixture
def bob(net):
    return net.register("bob", CAP)


@pytest.fixture
def room(net, alice, bob):
    net.gather("#old", alice, bob)


@pytest.mark.smoke
def test_a_rename_is_told_with_its_reason(alice, bob, room):
    line = f":{ALICE} RENAME #old #new :Typo fix"
    assert alice.ask("RENAME #old #new :Typo fix") == [line]
    assert bob.received() == [line]


def test_the_reason_is_always_there(alice, room):
    """The server to client command MUST always include the third parameter, an empty string MAY be used."""
    assert alice.ask("RENAME #OLD #new") == [f":{ALICE} RENAME #old #new :"]


def test_a_rename_keeps_all_state(net, alice, bob, room):
    """A channel rename preserves all channel state, such as membership, mode and topic."""
    carol, dan = net.register("carol"), net.register("dan")
    alice.send("MODE #old +kbv key spam bob", "TOPIC #old :topic", "INVITE carol #old", "RENAME #old #new")
    alice.raw()
    assert alice.ask("MODE #new", "MODE #new b", "TOPIC #new", "NAMES #new")[0] == ":chat.test 324 alice #new +ntk key"
    assert bob.ask("NAMES #new", "PRIVMSG #new :hi")[0] == ":chat.test 353 bob = #new :@alice +bob"
    assert carol.ask("JOIN #new")[0] == ":carol!~carol@127.0.0.1 JOIN #new"
    assert dan.ask("JOIN #new")[0].split(" ")[1] == "475"
    assert dan.ask("JOIN #old")[1] == ":chat.test 353 dan = #old :@dan"


def test_the_history_goes_with_the_room(net, alice, bob, room):
    bob.send("PRIVMSG #old :before")
    alice.send("RENAME #old #new")
    bob.send("PRIVMSG #new :after")
    texts = [record.text for record in net.store.answer(HistoryQuery("#new", 10))]
    assert texts == ["before", "after"]
    assert net.store.answer(HistoryQuery("#old", 10)) == []


def test_what_was_read_stays_read(net, room):
    carol = net.register("carol", f"draft/read-marker {CAP}")
    net.gather("#old", carol)
    net.ircd.channels["#old"].members[carol.session.user].modes = "o"
    (marker,) = carol.ask("MARKREAD #old timestamp=2027-01-15T08:00:00.000Z")
    carol.send("RENAME #old #new")
    assert carol.ask("MARKREAD #new", "MARKREAD #old") == [
        marker.replace("#old", "#new"),
        ":chat.test MARKREAD #old *",
    ]


def test_clients_that_do_not_know_it_leave_and_join(net, alice, room):
    """Server implementations MUST implement a fallback mechanism."""
    carol, dan = net.register("carol"), net.register("dan", "no-implicit-names extended-join")
    net.gather("#old", carol, dan)
    alice.send("TOPIC #old :topic", "MODE #old +v carol")
    carol.raw(), dan.raw()
    alice.send("RENAME #old #new :tidy up")
    assert carol.received() == [
        ":carol!~carol@127.0.0.1 PART #old :tidy up",
        ":carol!~carol@127.0.0.1 JOIN #new",
        ":chat.test 332 carol #new :topic",
        f":chat.test 333 carol #new {ALICE} 1800000000",
        ":chat.test 353 carol = #new :@alice bob +carol dan",
        ":chat.test 366 carol #new :End of /NAMES list",
    ]
    assert [line.split(" ", 1)[1] for line in dan.received()[:2]] == ["PART #old :tidy up", "JOIN #new * :Dan"]


def test_whoever_renames_without_knowing_it_gets_the_fallback(net, room):
    """The server SHOULD rename the channel, but use the fallback mechanism to report the name change."""
    carol = net.register("carol", "labeled-response batch")
    net.gather("#mine", carol)
    opening, *lines, closing = carol.ask("@label=L RENAME #mine #ours")
    assert opening.startswith("@label=L :chat.test BATCH +")
    assert [line.split(" ")[2] for line in lines] == ["PART", "JOIN", "353", "366"]
    assert closing.startswith(":chat.test BATCH -")


def test_a_change_of_case_alone_is_told_to_those_who_know_it(net, alice, room):
    """This fallback SHOULD NOT be used if the rename only changes the case of the channel name."""
    carol = net.register("carol")
    net.gather("#old", carol)
    alice.raw()
    assert alice.ask("RENAME #old #Old") == [f":{ALICE} RENAME #old #Old :"]
    assert carol.received() == []
    assert carol.ask("NAMES #old")[0] == ":chat.test 353 carol = #Old :@alice bob carol"
    assert alice.ask("RENAME #old #Old") == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("RENAME #old", "461 alice RENAME :Not enough parameters"),
        ("RENAME #nowhere #new", "403 alice #nowhere :No such channel"),
        ("RENAME #other #new", "442 alice #other :You're not on that channel"),
        ("RENAME #bobs #new", "482 alice #bobs :You're not channel operator"),
        ("RENAME #old #OTHER", "FAIL RENAME CHANNEL_NAME_IN_USE #old #OTHER :The channel name is already taken"),
        ("RENAME #old &new", "FAIL RENAME CANNOT_RENAME #old &new :That is no name for a channel"),
        ("RENAME #old :#two words", "FAIL RENAME CANNOT_RENAME #old #two :That is no name for a channel"),
        ("RENAME #old #lobby", "FAIL RENAME CANNOT_RENAME #old #lobby :Everyone is put into that channel by its name"),
    ],
)
def test_what_cannot_be_renamed(make_net, line, answer):
    net = make_net(rooms={"autojoin": ["#lobby"]})
    alice, bob = net.register("alice", CAP), net.register("bob", CAP)
    net.gather("#old", alice, bob)
    net.gather("#other", bob)
    net.gather("#bobs", bob, alice)
    for client in (alice, bob):
        client.send("PART #lobby")
        client.raw()
    assert alice.ask(line) == [f":chat.test {answer}"]
    assert bob.received() == []


def test_a_room_that_would_have_to_be_shown_to_too_many_keeps_its_name(net, alice, room, monkeypatch):
    monkeypatch.setattr(rename, "MAX_SHOWN", 5)
    net.gather("#old", net.register("carol"), net.register("dan"))
    alice.raw()
    assert alice.ask("RENAME #old #new") == [
        ":chat.test FAIL RENAME CANNOT_RENAME #old #new :Too many would have to be shown the channel anew",
    ]


def test_a_registered_room_is_its_founders_to_rename_and_takes_its_registration_along(net):
    founder = log_in(net, open_account(net, "founder"), CAP)
    bob = net.register("bob", CAP)
    net.gather("#old", founder, bob)
    founder.send("CS REGISTER #old", "MODE #old +o bob")
    bob.raw()
    assert bob.ask("RENAME #old #mine") == [
        ":chat.test 482 bob #old :Only its founder renames a registered channel",
    ]
    founder.send("RENAME #old #new", "TOPIC #new :kept")
    restart(net)
    assert list(net.ircd.registrations) == ["#new"]
    founder = log_in(net, net.ircd.accounts.find("founder"))
    assert [line.split(" ", 3)[3] for line in founder.ask("JOIN #new") if " 332 " in line] == ["#new :kept"]
