"""CHATHISTORY. Spec: https://ircv3.net/specs/extensions/chathistory"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.ircd.clock import msgid_of
from chatkit.ircd.registrations import Registration
from chatkit.proto.timestamps import format_time
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.opers import an_oper
from tests.ircd.people import log_in, open_account

CAPS = "draft/chathistory batch message-tags server-time"
START_MS = 1_800_000_000_000


@pytest.fixture
def net(make_net):
    return make_net(history={"page": 7})


@pytest.fixture
def bob(net):
    return net.register("bob", CAPS)


@pytest.fixture
def room(net, bob):
    """Ten messages, "0" to "9", one a second from the start on."""
    net.gather("#Room", bob)
    for number in range(10):
        bob.send(f"PRIVMSG #room :{number}")
        net.move_clock(1)
    bob.raw()


def texts(lines: list[str]) -> str:
    """The messages of an answer, all in one word, and nothing else in it but its batch."""
    assert lines[0].startswith(":chat.test BATCH +"), lines
    assert lines[-1] == ":chat.test BATCH -" + lines[0].split("+")[1].split(" ")[0]
    batch = "batch=" + lines[0].split("+")[1].split(" ")[0]
    assert all(batch in line.split(" ")[0] for line in lines[1:-1])
    return "".join(line.rpartition(":")[2] for line in lines[1:-1])


def at(number: int) -> str:
    """The place of message ``number`` by time."""
    return "timestamp=" + format_time(START_MS + number * 1000)


def ids_of(bob) -> list[str]:
    bob.raw()
    bob.send("CHATHISTORY AFTER #room timestamp=2001-01-01T00:00:00.000Z 5")
    bob.send("CHATHISTORY LATEST #room * 5")
    tags = [line.split(" ")[0] for line in bob.raw() if "msgid=" in line]
    return ["msgid=" + tag.partition("msgid=")[2] for tag in tags]


@pytest.mark.smoke
@pytest.mark.parametrize("by", ["time", "id"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("LATEST * 3", "789"),
        ("LATEST 6 5", "789"),
        ("LATEST 6 2", "89"),
        ("LATEST 9 5", ""),
        ("BEFORE 5 3", "234"),
        ("BEFORE 2 5", "01"),
        ("BEFORE 0 5", ""),
        ("AFTER 5 3", "678"),
        ("AFTER 7 5", "89"),
        ("AFTER 9 5", ""),
        ("AROUND 5 1", "5"),
        ("AROUND 5 4", "3456"),
        ("AROUND 5 5", "34567"),
        ("AROUND 0 4", "0123"),
        ("AROUND 9 4", "789"),
        ("BETWEEN 2 6 7", "345"),
        ("BETWEEN 6 2 7", "345"),
        ("BETWEEN 2 6 2", "34"),  # counted from the first selector
        ("BETWEEN 6 2 2", "45"),
        ("BETWEEN 5 6 7", ""),
        ("BETWEEN 5 5 7", ""),
    ],
)
def test_every_subcommand_by_time_and_by_id(bob, room, by, query, found):
    """Up to limit messages, before, after or between and excluding the given places, in ascending order."""
    word, *places, limit = query.split(" ")
    ids = ids_of(bob)
    refs = [ref if ref == "*" else at(int(ref)) if by == "time" else ids[int(ref)] for ref in places]
    assert texts(bob.ask(f"CHATHISTORY {word} #room {' '.join(refs)} {limit}")) == found


def test_places_of_both_kinds_can_be_mixed(bob, room):
    ids = ids_of(bob)
    assert texts(bob.ask(f"CHATHISTORY BETWEEN #room {ids[2]} {at(6)} 7")) == "345"
    assert texts(bob.ask(f"CHATHISTORY BETWEEN #room {at(6)} {ids[2]} 2")) == "45"


def test_messages_come_back_as_they_were_sent(net):
    """The msgid tag MUST be the msgid tag as originally sent, and the batch has the canonical name of the target."""
    alice, bob = net.register("alice", CAPS), net.register("bob", CAPS)
    net.gather("#Room", alice, bob)
    bob.send("@+react=x;+other PRIVMSG #ROOM :hello there", "NOTICE #room :psst", "@+typing=done TAGMSG #room")
    seen = [line for line in alice.raw() if " TAGMSG " not in line]
    alice.send("CHATHISTORY LATEST #room * 5")
    first, *answer, _ = alice.raw()
    assert first.endswith(" chathistory #Room")
    assert [line.partition(";")[2] for line in answer] == [line.removeprefix("@") for line in seen]


def test_a_multiline_message_comes_back_as_a_batch_in_the_batch(net):
    bob = net.register("bob", f"{CAPS} draft/multiline echo-message labeled-response")
    carol = net.register("carol", CAPS)
    net.gather("#room", bob, carol)
    bob.send("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :one", "@batch=1 PRIVMSG #room :two", "BATCH -1")
    bob.send("PRIVMSG #room :three")
    live, seen = bob.raw(), carol.raw()
    bob.send("@label=x CHATHISTORY LATEST #room * 2")
    opening, *answer, _ = bob.raw()
    assert opening.startswith("@label=x :chat.test BATCH +")
    reference = opening.split("+")[1].split(" ")[0]
    inner = [line for line in answer if f"batch={reference}" not in line.split(" ")[0].split(";")[0]]
    assert [line.rpartition(":")[2] for line in inner] == ["one", "two"]
    assert [_without(f"batch={reference}", line) for line in answer] == live
    carol.send("CHATHISTORY LATEST #room * 2")
    opening, *answer, _ = carol.raw()
    reference = opening.split("+")[1].split(" ")[0]
    assert [_without(f"batch={reference}", line) for line in answer] == seen


def _without(tag: str, line: str) -> str:
    """A line without its first tag, if it is that."""
    if line.startswith(f"@{tag} "):
        return line.partition(" ")[2]
    return line.replace(f"@{tag};", "@")


def test_the_limit_is_the_page_at_most(bob, room):
    assert texts(bob.ask("CHATHISTORY LATEST #room * 1000000")) == "3456789"
    assert texts(bob.ask("CHATHISTORY LATEST #room * 0")) == "3456789"
    assert texts(bob.ask(f"CHATHISTORY AFTER #room {at(0)} 99999999999999999999")) == "1234567"


def test_one_timestamp_stands_for_all_messages_of_its_millisecond(net, bob):
    net.gather("#room", bob)
    bob.send("PRIVMSG #room :a", "PRIVMSG #room :b")
    net.move_clock(1)
    bob.send("PRIVMSG #room :c")
    assert texts(bob.ask(f"CHATHISTORY AFTER #room {at(0)} 5")) == "c"
    assert texts(bob.ask(f"CHATHISTORY BEFORE #room {at(0)} 5")) == ""
    assert texts(bob.ask(f"CHATHISTORY AROUND #room {at(0)} 5")) == "abc"


def test_ids_page_through_messages_that_share_a_time(net, bob):
    """Servers SHOULD provide an order that determinately orders any two messages, even if they share a timestamp."""
    net.gather("#room", bob)
    bob.send(*[f"PRIVMSG #room :{letter}" for letter in "abcdefgh"])
    found, place = "", ""
    for _ in range(4):
        bob.raw()
        bob.send(f"CHATHISTORY BEFORE #room {place} 2" if place else "CHATHISTORY LATEST #room * 2")
        lines = bob.raw()
        found = texts(lines) + found
        place = lines[1].split(" ")[0].rpartition(";")[2]
    assert found == "abcdefgh"


def test_an_empty_room_gives_an_empty_batch(net, bob):
    """The server SHOULD return an empty batch in order to avoid the client waiting for a reply."""
    net.gather("#room", bob)
    lines = bob.ask("CHATHISTORY LATEST #room * 5", f"CHATHISTORY TARGETS {at(0)} {at(5)} 5")
    assert texts(lines[:2]) == texts(lines[2:]) == ""
    assert lines[2].endswith(" draft/chathistory-targets")


def test_without_batch_the_lines_come_bare(net):
    """Servers SHOULD NOT enforce that clients support all related capabilities."""
    bob = net.register("bob", "draft/chathistory")
    net.gather("#room", bob)
    bob.send("PRIVMSG #room :hi")
    assert bob.ask("CHATHISTORY LATEST #room * 5") == [":bob!~bob@127.0.0.1 PRIVMSG #room :hi"]
    assert bob.ask(f"CHATHISTORY TARGETS {at(-1)} {at(1)} 5") == [
        ":chat.test CHATHISTORY TARGETS #room 2027-01-15T08:00:00.000Z",
    ]


def test_without_the_capability_there_is_no_such_command(net):
    assert net.register("bob").ask("CHATHISTORY LATEST #room * 5") == [
        ":chat.test 421 bob CHATHISTORY :Unknown command",
    ]


# Who may read


def test_a_rooms_history_is_for_its_members(net, bob, room):
    carol = net.register("carol", CAPS)
    refusal = ":chat.test FAIL CHATHISTORY INVALID_TARGET LATEST #room :Messages could not be retrieved"
    assert carol.ask("CHATHISTORY LATEST #room * 5") == [refusal]
    carol.send("JOIN #room")
    assert texts(carol.ask("CHATHISTORY LATEST #room * 2")) == "89"
    carol.send("PART #room")
    assert carol.ask("CHATHISTORY LATEST #room * 5") == [refusal]


@pytest.mark.parametrize("target", ["#nowhere", "nobody", "#", "*"])
def test_what_does_not_exist_has_no_history(bob, target):
    assert bob.ask(f"CHATHISTORY LATEST {target} * 5") == [
        f":chat.test FAIL CHATHISTORY INVALID_TARGET LATEST {target} :Messages could not be retrieved",
    ]


def test_both_sides_of_a_conversation_have_it(net, bob):
    alice, carol = net.register("alice", CAPS), net.register("carol", CAPS)
    alice.send("PRIVMSG bob :a")
    bob.send("PRIVMSG Alice :b", "PRIVMSG carol :x")
    assert texts(alice.ask("CHATHISTORY LATEST BOB * 5")) == "ab"
    assert texts(bob.ask("CHATHISTORY LATEST alice * 5")) == "ab"
    assert texts(carol.ask("CHATHISTORY LATEST alice * 5")) == ""


def test_a_conversation_follows_changes_of_nick(net, bob):
    """The server SHOULD attempt to include history involving other nicknames."""
    alice = net.register("alice", CAPS)
    alice.send("PRIVMSG bob :a", "NICK ally", "PRIVMSG bob :b")
    bob.send("NICK rob")
    assert texts(bob.ask("CHATHISTORY LATEST ally * 5")) == "ab"
    assert texts(alice.ask("CHATHISTORY LATEST rob * 5")) == "ab"


def test_a_conversation_stays_when_the_other_has_gone(net, bob):
    alice = net.register("alice", CAPS)
    alice.send("PRIVMSG bob :a", "QUIT")
    assert texts(bob.ask("CHATHISTORY LATEST Alice * 5")) == "a"


@pytest.mark.smoke
def test_a_later_user_of_a_nick_does_not_read_what_was_told_to_the_earlier(net, bob):
    """Servers MUST ensure that users cannot obtain history they are not authorised to view."""
    alice = net.register("alice", CAPS)
    alice.send("PRIVMSG bob :secret", "QUIT")
    bob.send("PRIVMSG alice :too late", "NICK elsewhere")
    impostor, second = net.register("alice", CAPS), net.register("bob", CAPS)
    for reader, name in ((impostor, "elsewhere"), (impostor, "bob"), (second, "alice"), (second, "elsewhere")):
        assert texts(reader.ask(f"CHATHISTORY LATEST {name} * 5")) == ""
        targets = reader.ask(f"CHATHISTORY TARGETS {at(-10)} {at(10)} 5")
        assert texts(targets) == ""


def test_a_guest_who_comes_back_starts_anew(net, bob):
    alice = net.register("alice", CAPS)
    alice.send("PRIVMSG bob :before", "QUIT")
    again = net.register("alice", CAPS)
    assert texts(again.ask("CHATHISTORY LATEST bob * 5")) == ""


# TARGETS


def targets_of(lines: list[str]) -> list[str]:
    assert " BATCH +" in lines[0]
    assert lines[0].endswith(" draft/chathistory-targets")
    return [line.split(" ")[4] for line in lines[1:-1]]


def test_targets_are_ordered_by_their_latest_message(net, bob):
    alice = net.register("alice", CAPS)
    net.gather("#A,#b", bob)
    for line in ("PRIVMSG #a :0", "PRIVMSG alice :1", "PRIVMSG #b :2", "PRIVMSG #a :3"):
        bob.send(line)
        net.move_clock(1)
    net.gather("#other", alice)
    alice.send("PRIVMSG #other :4")
    query = f"CHATHISTORY TARGETS {at(-1)} {at(9)}"
    assert targets_of(bob.ask(f"{query} 5")) == ["alice", "#b", "#A"]
    assert targets_of(bob.ask(f"{query} 2")) == ["alice", "#b"]
    assert targets_of(bob.ask(f"CHATHISTORY TARGETS {at(9)} {at(-1)} 2")) == ["#b", "#A"]
    assert targets_of(bob.ask(f"CHATHISTORY TARGETS {at(1)} {at(3)} 5")) == ["#b"]
    assert targets_of(alice.ask(f"{query} 5")) == ["bob", "#other"]


def test_who_is_kicked_while_the_history_is_looked_up_does_not_read_it(net, bob):
    alice = net.register("alice", CAPS)
    net.gather("#room", bob, alice)
    bob.send("PRIVMSG #room :hi")
    alice.raw()
    net.slow = True
    alice.send("CHATHISTORY LATEST #room * 5")
    bob.send("KICK #room alice")
    net.slow = False
    net.answer()
    refused = ":chat.test FAIL CHATHISTORY INVALID_TARGET LATEST #room :Messages could not be retrieved"
    assert [line for line in alice.received() if " KICK " not in line] == [refused]


def test_a_room_that_one_had_to_leave_meanwhile_is_no_target(net, bob):
    alice = net.register("alice", CAPS)
    net.gather("#room,#b", bob, alice)
    bob.send("PRIVMSG #room :hi", "PRIVMSG #b :hi")
    alice.raw()
    net.slow = True
    alice.send(f"CHATHISTORY TARGETS {at(-1)} {at(9)} 5")
    bob.send("KICK #room alice")
    net.slow = False
    net.answer()
    assert targets_of([line for line in alice.received() if " KICK " not in line]) == ["#b"]


# Failures


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        ("", "INVALID_PARAMS * :Unknown command"),
        ("NONSENSE #room * 5", "INVALID_PARAMS NONSENSE :Unknown command"),
        ("LATEST", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("LATEST #room *", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("LATEST #room * 5 5", "INVALID_PARAMS LATEST :Too many parameters"),
        ("BETWEEN #room msgid=1 5", "INVALID_PARAMS BETWEEN :Insufficient parameters"),
        ("TARGETS timestamp=2027-01-15T08:00:00.000Z 5", "INVALID_PARAMS TARGETS :Insufficient parameters"),
        ("TARGETS msgid=1 msgid=2 5", "INVALID_PARAMS TARGETS msgid=1 :Only timestamps here"),
        ("LATEST #room * -1", "INVALID_PARAMS LATEST -1 :Invalid limit"),
        ("LATEST #room * many", "INVALID_PARAMS LATEST many :Invalid limit"),
        ("LATEST #room * ٣", "INVALID_PARAMS LATEST ٣ :Invalid limit"),
        ("BEFORE #room * 5", "INVALID_PARAMS BEFORE * :A place is needed here: timestamp=... or msgid=..."),
        ("BEFORE #room timestamp=now 5", "INVALID_PARAMS BEFORE timestamp=now :Invalid timestamp"),
        (
            "BEFORE #room timestamp=2027-13-01T00:00:00.000Z 5",
            "INVALID_PARAMS BEFORE timestamp=2027-13-01T00:00:00.000Z :Invalid timestamp",
        ),
        ("BEFORE #room msgid=?? 5", "INVALID_PARAMS BEFORE msgid=?? :Invalid msgid"),
        ("BEFORE #room msgid= 5", "INVALID_PARAMS BEFORE msgid= :Invalid msgid"),
        ("BEFORE #room msgid=" + "f" * 40 + " 5", "INVALID_PARAMS BEFORE msgid=" + "f" * 40 + " :Invalid msgid"),
        ("BEFORE #room 12 5", "INVALID_MSGREFTYPE BEFORE #room 12 :Use timestamp=... or msgid=..."),
        ("BEFORE #room seq=12 5", "INVALID_MSGREFTYPE BEFORE #room seq=12 :Use timestamp=... or msgid=..."),
    ],
)
def test_a_bad_request_is_refused_with_its_reason(bob, room, params, answer):
    assert bob.ask(f"CHATHISTORY {params}") == [f":chat.test FAIL CHATHISTORY {answer}"]


@pytest.mark.parametrize(
    ("params", "context"),
    [
        ("LATEST #room * 5", "LATEST #room"),
        ("LATEST nobody * 5", "LATEST nobody"),
        (f"TARGETS {at(0)} {at(5)} 5", "TARGETS"),
    ],
)
def test_a_store_that_fails_is_a_message_error(net, bob, room, params, context):
    net.broken = True
    line = f":chat.test FAIL CHATHISTORY MESSAGE_ERROR {context} :Messages could not be retrieved"
    assert bob.ask(f"CHATHISTORY {params}", "PING x") == [line, ":chat.test PONG chat.test :x"]


def test_history_outlives_a_restart_and_ids_go_on_from_it(make_net, tmp_path):
    first = make_net()
    bob = first.register("bob", f"{CAPS} echo-message")
    first.gather("#room", bob)
    bob.send("PRIVMSG #room :before")
    before = bob.raw()[0]
    second = make_net()  # on the same directory, its clock set back to the start
    bob = second.register("bob", f"{CAPS} echo-message")
    second.gather("#room", bob)
    bob.send("PRIVMSG #room :after")
    after = bob.raw()[0]
    bob.send("CHATHISTORY LATEST #room * 5")
    assert [line.partition(";")[2] for line in bob.raw()[1:-1]] == [before[1:], after[1:]]
    assert msgid_of(second.ircd.sequence.last) > msgid_of(first.ircd.sequence.last)


# Closed rooms


@pytest.mark.parametrize("mode", ["+k secret", "+i"])
def test_the_history_of_a_closed_room_ends_with_it(net, mode):
    """Whoever opens a room of the same name later was never let into the one before."""
    alice = net.register("alice", CAPS)
    alice.send("JOIN #boss", f"MODE #boss {mode}", "PRIVMSG #boss :between us", "PART #boss")
    eve = net.register("eve", CAPS)
    eve.send("JOIN #boss", "PRIVMSG #boss :hello?")
    eve.raw()
    assert texts(eve.ask("CHATHISTORY LATEST #boss * 5")) == "hello?"


def test_the_history_of_a_room_that_was_opened_again_stays(net):
    alice = net.register("alice", CAPS)
    alice.send("JOIN #boss", "MODE #boss +i", "PRIVMSG #boss :one", "MODE #boss -i", "PART #boss", "JOIN #boss")
    alice.raw()
    assert texts(alice.ask("CHATHISTORY LATEST #boss * 5")) == "one"


def test_members_of_a_closed_room_read_what_was_said_before_it_was_closed(net):
    alice = net.register("alice", CAPS)
    alice.send("JOIN #boss", "PRIVMSG #boss :one", "MODE #boss +i", "PRIVMSG #boss :two")
    alice.raw()
    assert texts(alice.ask("CHATHISTORY LATEST #boss * 5")) == "onetwo"


# Events


EVENTS = f"{CAPS} draft/event-playback"


def bodies(lines: list[str]) -> list[str]:
    """What is in a batch, without the tags."""
    return [line.partition(" ")[2] for line in lines[1:-1]]


def live_lines(client) -> list[str]:
    """The events of the room as they were seen, with their tags, but for the batch."""
    events = ("JOIN", "MODE", "NICK", "PART", "PRIVMSG", "TOPIC", "TAGMSG", "KICK", "QUIT")
    return [line for line in client.raw() if line.split(" ")[2] in events]


def test_event_playback_gives_everything_as_it_was_seen(make_net):
    net = make_net(history={"page": 100})
    alice, carol = net.register("alice"), net.register("carol", f"{EVENTS} extended-join echo-message")
    net.gather("#Room", carol)
    alice.send("JOIN #room", "PRIVMSG #room :hi", "NICK ally")
    carol.send("MODE #room +o ally", "TOPIC #room :about", "@+draft/react=x TAGMSG #room")
    alice.send("MODE #room -o ally", "PART #room :bye", "JOIN #room")
    carol.send("KICK #room ally :out")
    alice.send("JOIN #room", "QUIT :gone")
    seen = live_lines(carol)
    assert {line.split(" ")[2] for line in seen} == {
        "JOIN", "MODE", "NICK", "PART", "PRIVMSG", "TOPIC", "TAGMSG", "KICK", "QUIT"
    }  # fmt: skip
    carol.send("CHATHISTORY LATEST #room * 100")
    _, own_join, *answer, _ = carol.raw()
    assert own_join.endswith(" JOIN #Room * :Carol")
    assert [line.partition(";")[2] for line in answer] == [line.removeprefix("@") for line in seen]


def test_without_event_playback_there_are_messages_only(net):
    """The server MUST NOT send any lines other than PRIVMSG and NOTICE in the reply batch."""
    alice, bob = net.register("alice"), net.register("bob", CAPS)
    net.gather("#room", bob, alice)
    alice.send("TOPIC #room :about", "PRIVMSG #room :one", "PART #room")
    bob.send("@+draft/react=x TAGMSG #room", "NOTICE #room :two")
    bob.raw()
    assert texts(bob.ask("CHATHISTORY LATEST #room * 2")) == "onetwo"
    assert texts(bob.ask("CHATHISTORY AROUND #room timestamp=2027-01-15T08:00:00.000Z 7")) == "onetwo"


def test_a_join_is_played_back_in_the_form_that_was_negotiated(net):
    alice, bob = net.register("alice", EVENTS), net.register("bob", f"{EVENTS} extended-join")
    net.gather("#room", alice, bob)
    query = "CHATHISTORY LATEST #room * 2"
    assert bodies(alice.ask(query)) == [":alice!~alice@127.0.0.1 JOIN #room", ":bob!~bob@127.0.0.1 JOIN #room"]
    assert bodies(bob.ask(query)) == [
        ":alice!~alice@127.0.0.1 JOIN #room * :Alice",
        ":bob!~bob@127.0.0.1 JOIN #room * :Bob",
    ]


def test_events_that_a_client_would_not_understand_do_not_count(net):
    """Else a page would be short, and the client take that for the end."""
    alice = net.register("alice", CAPS)
    bob = net.register("bob", "draft/chathistory draft/event-playback batch server-time")
    net.gather("#room", bob, alice)
    alice.send("PRIVMSG #room :hi", "@+draft/react=x TAGMSG #room", "@+draft/react=y TAGMSG #room")
    bob.raw()
    assert [line.split(" ")[1] for line in bodies(bob.ask("CHATHISTORY LATEST #room * 2"))] == ["JOIN", "PRIVMSG"]


def test_events_page_with_the_messages(net):
    bob = net.register("bob", EVENTS)
    net.gather("#room", bob)
    for number in range(3):
        bob.send(f"TOPIC #room :{number}", f"PRIVMSG #room :{number}")
        net.move_clock(1)
    bob.raw()
    assert texts(bob.ask(f"CHATHISTORY AFTER #room {at(0)} 3")) == "112"
    assert texts(bob.ask(f"CHATHISTORY BEFORE #room {at(2)} 3")) == "011"


# What a room's setting or mode keeps back


def register_room(net, name: str, history: str) -> None:
    """As if its founder had registered the room with ChanServ."""
    channel = net.ircd.channels[name]
    channel.registration = net.ircd.registrations[name] = Registration(name, 0, founder="founder", history=history)


@pytest.mark.parametrize(("setting", "found"), [("joined", "after"), ("all", "beforeafter")])
def test_a_registered_room_says_whether_members_read_what_was_before_them(net, bob, setting, found):
    alice = net.register("alice")
    net.gather("#room", alice)
    register_room(net, "#room", setting)
    alice.send("PRIVMSG #room :before")
    net.move_clock(1)
    net.gather("#room", bob)
    alice.send("PRIVMSG #room :after")
    bob.raw()
    ids = "msgid=" + msgid_of(net.ircd.sequence.last)
    for query in ("LATEST #room *", f"BEFORE #room {at(9)}", f"AFTER #room {at(-9)}", f"AROUND #room {ids}"):
        assert texts(bob.ask(f"CHATHISTORY {query} 7")) == found
    for places in (f"{at(-9)} {at(9)}", f"{at(9)} {at(-9)}"):
        assert texts(bob.ask(f"CHATHISTORY BETWEEN #room {places} 7")) == found


def test_a_room_where_one_may_read_nothing_yet_is_no_target(net, bob):
    alice = net.register("alice")
    net.gather("#room", alice)
    register_room(net, "#room", "joined")
    alice.send("PRIVMSG #room :before")
    net.gather("#room", bob)
    query = f"CHATHISTORY TARGETS {at(-1)} {at(9)} 7"
    assert targets_of(bob.ask(query)) == []
    alice.send("PRIVMSG #room :after")
    bob.raw()
    assert targets_of(bob.ask(query)) == ["#room"]


def test_the_audience_of_an_auditorium_does_not_read_who_came_and_went(net):
    alice, bob = net.register("alice", EVENTS), net.register("bob", EVENTS)
    net.gather("#room", alice)
    alice.send("MODE #room +u", "PRIVMSG #room :hi")
    net.gather("#room", bob)
    alice.raw()
    assert [line.split(" ")[1] for line in bodies(bob.ask("CHATHISTORY LATEST #room * 7"))] == ["PRIVMSG"]
    assert "JOIN" in [line.split(" ")[1] for line in bodies(alice.ask("CHATHISTORY LATEST #room * 7"))]


def test_irc_operators_read_no_more_than_others(make_net):
    net = make_net(opers=[an_oper("oper")])
    bob, oper = net.register("bob", CAPS), net.register("oper", CAPS)
    net.gather("#room", bob)
    bob.send("PRIVMSG #room :hi")
    assert " 381 " in oper.ask("OPER oper secret")[-1]
    assert " INVALID_TARGET " in oper.ask("CHATHISTORY LATEST #room * 5")[0]
    assert targets_of(oper.ask(f"CHATHISTORY TARGETS {at(-9)} {at(99)} 5")) == []


def test_who_may_not_speak_may_read(net, bob, room):
    carol = net.register("carol", CAPS)
    net.gather("#room", carol)
    bob.send("MODE #room +m", "MODE #room +b carol")
    carol.raw()
    assert texts(carol.ask("CHATHISTORY LATEST #room * 2")) == "89"


def test_what_is_read_has_the_name_that_the_room_has_now(net):
    """Clients know no other: it may have been renamed, or opened anew in other letters."""
    bob = net.register("bob", EVENTS)
    net.gather("#room", bob)
    bob.send("PRIVMSG #room :hi", "TOPIC #room :about", "PART #room", "JOIN #ROOM", "PRIVMSG #room :hi")
    bob.raw()
    assert {line.split(" ")[2] for line in bodies(bob.ask("CHATHISTORY LATEST #room * 9"))} == {"#ROOM"}


# Accounts


@pytest.fixture
def account(net):
    return open_account(net, "alice")


def test_an_account_keeps_its_conversations(net, account, bob):
    first = log_in(net, account, CAPS, nick="ally")
    first.send("PRIVMSG bob :a", "QUIT")
    again = log_in(net, account, CAPS, nick="alice_phone")
    assert texts(again.ask("CHATHISTORY LATEST bob * 5")) == "a"
    assert texts(bob.ask("CHATHISTORY LATEST alice_phone * 5")) == "a"


@pytest.mark.parametrize("name", ["alice", "ALLY"])
def test_a_conversation_is_found_by_account_and_by_nick_while_the_other_is_away(net, account, bob, name):
    alice = log_in(net, account, CAPS, nick="ally")
    alice.send("PRIVMSG bob :a", "QUIT")
    bob.raw()
    assert texts(bob.ask(f"CHATHISTORY LATEST {name} * 5")) == "a"


# Paging


BURSTS = st.lists(st.integers(1, 4), max_size=8)  # how many messages are said in each of several milliseconds
EVER = "timestamp=1970-01-01T00:00:00.000Z"


@contextmanager
def a_talk(bursts: list[int], caps: str) -> Iterator[tuple[FakeClient, list[str]]]:
    """A client that has read a room in which so much was said, and the lines that it saw, but for their tags."""
    with tempfile.TemporaryDirectory() as directory:
        net = Net(Path(directory), limits={"commands_per_second": 0})
        try:
            bob = net.register("bob", f"{caps} echo-message")
            net.gather("#room", bob)
            for burst in bursts:
                for number in range(burst):
                    bob.send(f"PRIVMSG #room :{number}", *["TOPIC #room :x"] * (number % 2))
                net.move_clock(0.001)
            said = [line for line in bob.raw() if "playback" in caps or " PRIVMSG " in line]
            yield bob, said
        finally:
            net.store.close()


def paged(bob: FakeClient, first: str, then: str, limit: int, tag: str) -> list[str]:
    """All that a client gets that goes on, page by page, from the one end of the page that it had before."""
    found: list[str] = []
    backwards = then == "BEFORE"
    bob.send(f"CHATHISTORY {first} {limit}")
    while lines := bob.raw()[1:-1]:
        assert len(lines) <= limit
        found = lines + found if backwards else found + lines
        place = re.search(f"{tag}=([^; ]+)", lines[0 if backwards else -1])
        assert place is not None
        bob.send(f"CHATHISTORY {then} #room {'timestamp' if tag == 'time' else tag}={place[1]} {limit}")
    return ["@" + line.partition(";")[2] for line in found]


@pytest.mark.parametrize("caps", [CAPS, f"{CAPS} draft/event-playback"])
@pytest.mark.parametrize(("first", "then"), [("LATEST #room *", "BEFORE"), (f"AFTER #room {EVER}", "AFTER")])
@settings(max_examples=examples(40), deadline=None)
@given(bursts=BURSTS, limit=st.integers(1, 6))
def test_paging_by_id_gives_everything_once_and_in_order(caps, first, then, bursts, limit):
    """Also where messages share a timestamp."""
    with a_talk(bursts, caps) as (bob, said):
        assert [line for line in paged(bob, first, then, limit, "msgid") if " JOIN " not in line] == said


@pytest.mark.parametrize(("first", "then"), [("LATEST #room *", "BEFORE"), (f"AFTER #room {EVER}", "AFTER")])
@settings(max_examples=examples(40), deadline=None)
@given(count=st.integers(0, 12), limit=st.integers(1, 6))
def test_paging_by_time_gives_everything_once_and_in_order(first, then, count, limit):
    with a_talk([1] * count, CAPS) as (bob, said):
        assert paged(bob, first, then, limit, "time") == said
