"""History, run from outside: searched in every room, taken back, deleted for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit.control.rpc import RpcError
from chatkit.ircd.clock import msgid_of
from chatkit.proto.timestamps import format_time
from chatkit.store.records import HistoryQuery
from tests.ircd.people import log_in, open_account

WORD = "Zyzzyva"
DAY = 86_400


def refusal(host, command, **params) -> str:
    with pytest.raises(RpcError) as found:
        host.run(command, params)
    return str(found.value)


def look_after(net) -> None:
    """What the server's workers do, until all is done."""
    while net.store.look_after(net.now.wall) or net.store.wants_settling:
        pass


def texts(net, target: str = "#room") -> list[str]:
    return [record.text for record in net.store.answer(HistoryQuery(target, 99))]


def when(net) -> str:
    """The server's clock, as it is typed."""
    return format_time(net.now.wall // 1000)


# Searching


def test_every_room_is_searched_and_no_conversation(net, host, alice, bob):
    net.gather("#a", alice)
    net.gather("#b", bob)
    alice.send("PRIVMSG #a :tea for two", "PRIVMSG bob :tea for us alone")
    bob.send("PRIVMSG #b :tea for one", "PART #b")
    assert [(row.room, row.nick, row.text) for row in host.run("history.search", {"words": "tea"})] == [
        ("#a", "alice", "tea for two"),
        ("#b", "bob", "tea for one"),
    ]


def test_what_is_searched_for_is_narrowed_down(net, host, alice, bob):
    net.gather("#a", alice, bob)
    net.gather("#b", bob)
    alice.send("PRIVMSG #a :tea one")
    bob.send("PRIVMSG #a :tea two", "PRIVMSG #b :tea three")
    net.let_time_pass(DAY)
    noon = when(net)
    net.let_time_pass(DAY)
    bob.send("PRIVMSG #a :tea four")

    def found(**params) -> list[str]:
        return [row.text for row in host.run("history.search", params)]

    assert found(words="tea", room="#A") == ["tea one", "tea two", "tea four"]
    assert found(nick="BOB") == ["tea two", "tea three", "tea four"]
    assert found(words="tea", since=noon) == ["tea four"]
    assert found(words="tea", until=noon, limit=1) == ["tea three"]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "there is nothing to search for: give words, or --from with a nick"),
        ({"words": "x", "room": "#rom"}, "nothing was said in #rom (there is #room)"),
        ({"words": "x", "since": "soon"}, "--since: 'soon' is no time, as 2027-01-15T08:00:00"),
    ],
)
def test_what_cannot_be_searched(net, host, alice, params, sentence):
    alice.send("JOIN #room", "PRIVMSG #room :x")
    assert refusal(host, "history.search", **params) == sentence


def test_a_message_of_several_lines_is_one_text(net, host, alice):
    client = net.register("carl", "draft/multiline batch")
    net.gather("#room", client)
    client.send(
        "BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :one", "@batch=1 PRIVMSG #room :two", "BATCH -1"
    )
    (row,) = host.run("history.search", {"words": "one"})
    assert row.text == "one\ntwo"


# Taking back


def test_a_message_is_taken_back_and_everybody_who_knows_how_is_told(net, host, bob):
    client = net.register("carl", "draft/message-redaction")
    net.gather("#Room", bob, client)
    bob.send("PRIVMSG #room :my address is secret")
    (row,) = host.run("history.search", {"words": "secret"})
    bob.raw(), client.raw()
    done = host.run("history.redact", {"room": "#room", "msgid": row.msgid, "reason": "private"})
    assert (done.said, done.undoable) == (f"Took back what bob said in #Room ({row.msgid})", False)
    assert client.received() == [f":chat.test REDACT #Room {row.msgid} :private"]
    assert bob.received() == []
    assert texts(net) == []
    (event,) = [r for r in net.store.answer(HistoryQuery("#room", 9, events=True)) if r.command == "REDACT"]
    assert event.text == f"#Room {row.msgid} :private"


def test_one_is_taken_back_in_a_room_that_nobody_is_in(net, host, bob):
    bob.send("JOIN #room", "PRIVMSG #room :secret", "PART #room")
    (row,) = host.run("history.search", {"words": "secret"})
    host.run("history.redact", {"room": "#room", "msgid": row.msgid})
    assert texts(net) == []


@pytest.mark.parametrize("msgid", ["nonsense!", "", msgid_of(5), "f" * 15])
def test_what_was_never_said_cannot_be_taken_back(net, host, bob, msgid):
    bob.send("JOIN #room", "PRIVMSG #room :hi")
    assert "no message" in refusal(host, "history.redact", room="#room", msgid=msgid)
    assert texts(net) == ["hi"]


def test_a_join_is_not_taken_back(net, host, bob):
    bob.send("JOIN #room")
    (joined,) = net.store.answer(HistoryQuery("#room", 9, events=True))
    assert "there is no message" in refusal(host, "history.redact", room="#room", msgid=msgid_of(joined.seq))


def test_nothing_is_taken_back_while_nothing_can_be_written(net, host, bob):
    bob.send("JOIN #room", "PRIVMSG #room :secret")
    (row,) = host.run("history.search", {"words": "secret"})
    net.ircd.ailing = True
    assert "cannot write to its disk" in refusal(host, "history.redact", room="#room", msgid=row.msgid)
    net.ircd.ailing = False
    assert texts(net) == ["secret"]


# Deleting for good


def test_one_is_always_asked(net, host, bob):
    bob.send("JOIN #room", "PRIVMSG #room :hi")
    assert (
        refusal(host, "history.purge", room="#room")
        == "this hits 1 (#room) for good; undo cannot take it back: say --yes to go on"
    )
    done = host.run("history.purge", {"room": "#room", "dry_run": True})
    assert (done.said, done.id) == ("Deleted all that was said in #room, 1 message", 0)
    assert texts(net) == ["hi"]


def test_a_room_is_empty_and_goes_on(net, host, bob):
    bob.send("JOIN #room", "PRIVMSG #room :hi")
    host.run("room.retention", {"name": "#room", "days": 7})
    host.run("history.purge", {"room": "#room", "confirmed": True})
    assert texts(net) == []
    bob.send("PRIVMSG #room :again")
    assert texts(net) == ["again"]
    assert host.run("room", {"name": "#room"}).keep_days == 7


def test_only_what_is_older_is_deleted(net, host, alice, bob):
    net.gather("#room", bob)
    net.gather("#other", bob)
    bob.send("PRIVMSG #room :old", "PRIVMSG #other :old", "PRIVMSG alice :old")
    net.let_time_pass(DAY)
    noon = when(net)
    bob.send("PRIVMSG #room :new", "PRIVMSG #other :new")
    host.run("history.purge", {"room": "#room", "before": noon, "confirmed": True})
    look_after(net)
    assert (texts(net), texts(net, "#other")) == (["new"], ["old", "new"])
    done = host.run("history.purge", {"before": noon, "confirmed": True})
    assert done.hits == ("everyone",)
    look_after(net)
    assert texts(net, "#other") == ["new"]
    assert net.store._reader().execute("SELECT count(*) FROM messages").fetchone() == (2,)


def test_all_that_a_person_said_is_deleted(net, host, bob):
    carol = log_in(net, open_account(net, "Carol"))
    net.gather("#room", carol, bob)
    carol.send("PRIVMSG #room :mine", "PRIVMSG bob :mine too")
    bob.send("PRIVMSG #room :his")
    done = host.run("history.purge", {"person": "carol", "confirmed": True})
    look_after(net)
    assert done.said == "Deleted all that Carol ever said, in rooms and to people"
    assert net.store._reader().execute("SELECT text FROM messages").fetchall() == [("his",)]


def test_a_guest_who_is_here_is_a_person_too(net, host, bob):
    bob.send("JOIN #room", "PRIVMSG #room :hi")
    host.run("history.purge", {"person": "BOB", "confirmed": True})
    look_after(net)
    assert texts(net) == []


@pytest.mark.parametrize("params", [{"room": "#room"}, {"person": "bob"}, {"before": "2030-01-01"}])
def test_no_file_keeps_a_byte_of_it(net, host, tmp_path: Path, monkeypatch, bob, params):
    monkeypatch.setattr("chatkit.store.index.TIDY_SECONDS", 0.0)
    net.gather("#room", bob)
    bob.send(f"PRIVMSG #room :about {WORD} and more")
    look_after(net)

    def holding() -> list[str]:
        files = {path.name: path.read_bytes().lower() for path in tmp_path.iterdir() if path.is_file()}
        return sorted(name for name, data in files.items() if WORD.lower().encode() in data)

    assert holding() != []
    host.run("history.purge", {**params, "confirmed": True})
    look_after(net)
    assert holding() == []


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "name a room, a --person, or a time with --before"),
        ({"room": "#room", "person": "bob"}, "name a room or a person, not both"),
        ({"room": "#none"}, "nothing was said in #none"),
        ({"room": "#room", "before": "x"}, "--before: 'x' is no time, as 2027-01-15T08:00:00"),
        ({"person": "nobody"}, "there is neither an account 'nobody' nor a guest of that name here"),
        ({"person": "bob", "before": "2030-01-01"}, "of a person all is deleted: --before goes with a room, or alone"),
    ],
)
def test_what_cannot_be_deleted(net, host, bob, params, sentence):
    bob.send("JOIN #room", "PRIVMSG #room :hi")
    assert refusal(host, "history.purge", confirmed=True, **params) == sentence
