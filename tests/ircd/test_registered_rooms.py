"""Rooms that an account owns: what of them outlives their members and the server."""

from __future__ import annotations

import pytest

from chatkit.ircd import enrolment, logins
from chatkit.ircd.context import Context
from chatkit.store.records import Document, HistoryQuery
from tests.ircd.people import log_in, open_account, restart


@pytest.fixture
def founder(net):
    """The founder of #room, who is in it."""
    client = log_in(net, open_account(net, "founder"))
    net.gather("#room", client)
    client.send("CS REGISTER #room")
    client.raw()
    return client


def find(net, name):
    """The founder's client after a restart."""
    return log_in(net, net.ircd.accounts.find(name))


def settings(client):
    """What can be asked about #room from within."""
    return client.ask("MODE #room", "MODE #room b", "MODE #room e", "MODE #room I", "TOPIC #room")


def log_on(net, client, name):
    """Log a client in that is registered."""
    logins.log_in(Context(net.ircd, client.session, net.now), net.ircd.accounts.find(name))
    net.settle()


@pytest.mark.smoke
@pytest.mark.parametrize("what", ["emptiness", "restart", "crash"])
def test_a_room_keeps_what_is_set_in_it(net, founder, what):
    net.gather("#other", founder)
    founder.send(
        "TOPIC #room :welcome",
        "MODE #room -t+siCklf key 9 #other",
        "MODE #room +beI spam m:noise bob",
        "MODE #room +b ~a:troll",
    )
    net.move_clock(60)
    before = settings(founder)
    if what == "emptiness":
        founder.send("PART #room")
    else:
        restart(net, crash=what == "crash")
        founder = find(net, "founder")
    net.move_clock(60)
    joined = founder.ask("JOIN #room")
    assert [line.split(" ")[1] for line in joined] == ["JOIN", "332", "333", "353", "366"]
    assert joined[3].endswith(" :~founder")
    assert settings(founder) == before


def test_a_room_keeps_its_locks_while_nobody_is_in_it(net, founder):
    founder.send("MODE #room +k key", "MODE #room +b bob", "PART #room")
    assert net.register("carol").ask("JOIN #room")[0].split(" ")[1] == "475"
    assert net.register("bob").ask("JOIN #room key")[0].split(" ")[1] == "474"
    assert net.ircd.channels == {}


def test_nobody_runs_a_registered_room_because_he_was_the_first_in_it(net, founder):
    founder.send("PART #room")
    assert net.register("carol").ask("JOIN #ROOM")[:2] == [
        ":carol!~carol@127.0.0.1 JOIN #room",
        ":chat.test 353 carol = #room :carol",
    ]


def test_those_with_access_have_their_prefix_when_they_come_in(net, founder):
    friend = log_in(net, open_account(net, "friend"))
    founder.send("CS ACCESS SET #room friend h")
    founder.raw()
    assert friend.ask("JOIN #room")[1] == ":chat.test 353 friend = #room :~founder %friend"
    assert founder.received() == [
        ":friend!~u@127.0.0.1 JOIN #room",
        ":chat.test MODE #room +h friend",
    ]


def test_those_with_access_get_their_prefix_when_they_log_in(net, founder):
    open_account(net, "friend")
    founder.send("CS ACCESS SET #room friend o")
    guest = net.register("guest")
    net.gather("#room", guest)
    log_on(net, guest, "friend")
    assert ":chat.test MODE #room +o guest" in guest.received()


@pytest.mark.parametrize(("letter", "entered"), [("h", "kbil"), ("v", "i")])
def test_access_opens_locks(net, founder, letter, entered):
    """Half operators and above enter as they like; a voice is an invitation that lasts."""
    friend = log_in(net, open_account(net, "friend"))
    founder.send(f"CS ACCESS SET #room friend {letter}")
    found = ""
    for change in ("k key", "b friend", "i", "l 1"):
        founder.send(f"MODE #room +{change}")
        found += change[0] if " JOIN " in friend.ask("JOIN #room")[0] else ""
        friend.send("PART #room")
        founder.send(f"MODE #room -{change}")
    assert found == entered


def test_an_invitation_outlives_the_members(net, founder):
    carol = net.register("carol")
    founder.send("MODE #room +i", "INVITE carol #room", "PART #room")
    assert carol.ask("INVITE")[-2] == ":chat.test 336 carol #room"
    assert carol.ask("JOIN #room")[0] == ":carol!~carol@127.0.0.1 JOIN #room"


def test_a_closed_room_keeps_its_history(net, founder):
    founder.send("MODE #room +i", "PRIVMSG #room :for us", "PART #room")
    restart(net)
    founder = find(net, "founder")
    founder.send("JOIN #room")
    assert [record.text for record in net.store.answer(HistoryQuery("#room", 5))] == ["for us"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_closed_room_that_is_given_up_takes_its_history_with_it_when_nobody_is_in_it(net, founder, inside):
    founder.send("MODE #room +i", "PRIVMSG #room :for us", *([] if inside else ["PART #room"]))
    code = founder.ask("CS DROP #room")[0].rpartition(" ")[2]
    founder.send(f"CS DROP #room {code}")
    assert [record.text for record in net.store.answer(HistoryQuery("#room", 5))] == ["for us"] * inside


def test_a_room_that_was_given_up_is_gone_after_a_restart(net, founder):
    code = founder.ask("CS DROP #room")[0].rpartition(" ")[2]
    founder.send(f"CS DROP #room {code}")
    restart(net)
    assert net.ircd.registrations == {}


def test_however_much_changes_a_room_is_saved_once_a_turn(net, founder):
    founder.net.ircd.receive(founder.session, [b"MODE #room +mb x", b"TOPIC #room :a", b"MODE #room -m"], net.now)
    documents = [entry for entry, *_ in net.ircd.take_turn().records if isinstance(entry, Document)]
    assert [(entry.kind, entry.key) for entry in documents] == [("channel", "#room")]


# An account that is deleted


def delete(net, name):
    enrolment.delete(net.ircd, net.ircd.accounts.find(name), False, net.now)
    net.settle()


def test_the_room_of_an_account_that_is_deleted_goes_to_the_next(net, founder):
    for name in ("anna", "otto"):
        open_account(net, name)
    founder.send("CS ACCESS SET #room otto o", "CS ACCESS SET #room anna a")
    delete(net, "founder")
    assert ":chat.test MODE #room -q founder" in founder.received()
    registration = net.ircd.registrations["#room"]
    assert (registration.founder, registration.access) == ("=anna", {"=otto": "o"})
    delete(net, "otto")
    assert registration.access == {}


def test_the_room_of_an_account_that_is_deleted_is_not_registered_any_more_where_nobody_is_next(net, founder):
    founder.send("MODE #room +i")
    delete(net, "founder")
    assert net.ircd.registrations == {}
    assert net.ircd.channels["#room"].registration is None
    restart(net)
    assert net.ircd.registrations == {}
