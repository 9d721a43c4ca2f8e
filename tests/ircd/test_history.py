"""CHATHISTORY. Spec: https://ircv3.net/specs/extensions/chathistory"""

import pytest

from chatkit.ircd.clock import msgid_of
from chatkit.proto.timestamps import format_time

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
