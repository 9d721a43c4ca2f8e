"""Rooms, run from outside: closed, archived, given away, set, and how long their history is kept."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatkit.control.rpc import RpcError
from chatkit.store.records import AuditQuery, HistoryQuery, Retention, RetentionQuery, TargetNamesQuery
from tests.examples import examples
from tests.ircd.people import log_in, open_account

DAY = 86_400


@pytest.fixture
def carol(net):
    """Her account, which nobody is logged in to."""
    return open_account(net, "Carol")


@pytest.fixture
def room(net, alice, bob):
    """A room with alice, who runs it, and bob."""
    net.gather("#room", alice, bob)
    return net.ircd.channels["#room"]


def refusal(host, command, **params) -> str:
    with pytest.raises(RpcError) as found:
        host.run(command, params)
    return str(found.value)


def undo(host, done, **more):
    return host.run("undo", {"id": done.id, **more})


# Looking


def test_rooms_are_listed_the_fullest_first_and_owned_ones_though_nobody_is_in_them(net, host, room, carol):
    host.run("room.owner", {"name": "#Garden", "account": "carol"})
    assert [(row.name, row.users) for row in host.run("rooms")] == [("#room", 2), ("#Garden", 0)]


def test_all_that_is_known_of_a_room(net, host, alice, room, carol):
    alice.send("TOPIC #room :Tea", "MODE #room +kl key 9", "MODE #room +b bad!*@*", "PRIVMSG #room :hi")
    host.run("room.owner", {"name": "#room", "account": "carol"})
    host.run("room.retention", {"name": "#room", "days": 3})
    facts = host.run("room", {"name": "#ROOM"})
    assert (facts.name, facts.users, facts.modes) == ("#room", ("@alice", "bob"), "+ntkl key 9")
    assert (facts.topic, facts.topic_by.partition("!")[0], facts.owner) == ("Tea", "alice", "Carol")
    assert (facts.bans, facts.messages, facts.keep_days, facts.keep_messages) == (("bad!*@*",), 1, 3, None)
    assert facts.events >= 4
    assert (facts.closed, facts.archived) == (None, None)


def test_a_room_that_nobody_is_in_any_more_is_known_by_its_history(net, host, alice):
    alice.send("JOIN #old", "PRIVMSG #old :hi", "PART #old")
    assert host.run("room", {"name": "#old"}).messages == 1
    assert refusal(host, "room", name="#none") == "there is no room '#none'"


def test_what_may_have_been_meant_is_said(host, room):
    assert refusal(host, "room.topic", name="#roon", text="x") == "there is no room '#roon' (there is #room)"


# Closing


def test_whoever_is_in_a_closed_room_is_removed_and_nobody_comes_in(net, host, alice, bob, room):
    done = host.run("room.close", {"name": "#Room", "reason": "Paint is wet", "lasts": 3600})
    assert (done.said, done.hits, done.undoable) == ("Closed #room for 1h", ("alice", "bob"), True)
    assert alice.received() == [":chat.test KICK #room alice :Paint is wet"]
    assert bob.received() == [":chat.test KICK #room bob :Paint is wet"]
    assert "#room" not in net.ircd.channels
    (answer,) = bob.ask("JOIN #room")
    assert " 474 bob #room :" in answer
    assert "Paint is wet" in answer
    net.check()


def test_all_devices_are_told_and_nobody_of_the_others(net, host, carol, room, alice):
    first, second = log_in(net, carol), log_in(net, carol)
    first.send("JOIN #room")
    for client in (first, second, alice):
        client.raw()
    host.run("room.close", {"name": "#room", "reason": "paint"})
    assert first.received() == second.received() == [":chat.test KICK #room Carol :paint"]
    assert alice.received() == [":chat.test KICK #room alice :paint"]


def test_a_room_is_closed_for_as_long_as_was_said(net, host, bob, room):
    host.run("room.close", {"name": "#room", "lasts": 60})
    net.move_clock(59)
    assert " 474 " in bob.ask("JOIN #room")[-1]
    net.move_clock(2)
    bob.send("JOIN #room")
    assert "#room" in net.ircd.channels


def test_closing_is_undone(net, host, bob, room):
    done = host.run("room.close", {"name": "#room"})
    undo(host, done)
    bob.send("JOIN #room")
    assert "#room" in net.ircd.channels
    assert refusal(host, "room.open", name="#room") == "#room is neither closed nor an archive"


def test_closing_anew_changes_reason_and_time_and_is_undone_to_what_was(net, host, room):
    host.run("room.close", {"name": "#room", "reason": "first", "lasts": 3600})
    again = host.run("room.close", {"name": "#room", "reason": "second"})
    assert host.run("room", {"name": "#room"}).closed == "by root: second"
    undo(host, again)
    (ban,) = net.ircd.bans.by_id.values()
    assert (ban.reason, ban.until) == ("first", net.now.wall // 1_000_000 + 3600)


def test_opening_is_undone(net, host, room):
    host.run("room.close", {"name": "#room", "reason": "paint"})
    done = host.run("room.open", {"name": "#room"})
    undo(host, done)
    assert host.run("room", {"name": "#room"}).closed == "by root: paint"


def test_many_rooms_are_closed_by_a_pattern(net, host, alice, bob):
    net.gather("#spam1", alice)
    net.gather("#spam2", bob)
    net.gather("#ham", alice)
    assert host.run("room.close", {"name": "#spam*", "dry_run": True}).hits == ("alice", "bob")
    assert set(net.ircd.channels) == {"#spam1", "#spam2", "#ham"}
    host.run("room.close", {"name": "#spam*"})
    assert set(net.ircd.channels) == {"#ham"}
    assert refusal(host, "room.open", name="#spam1") == "#spam1 is closed by the pattern #spam*: open that"


def test_one_is_asked_before_many_are_removed(net, host):
    net.gather("#big", *(net.register(f"user{number}") for number in range(5)))
    assert refusal(host, "room.close", name="#big").startswith("this hits 5 (user0, ")
    assert len(net.ircd.channels["#big"].members) == 5
    host.run("room.close", {"name": "#big", "confirmed": True})
    assert "#big" not in net.ircd.channels


def test_those_who_are_always_on_are_out_of_a_closed_room_after_a_restart_too(net, host, bob):
    account = open_account(net, "Dora", always_on=True)
    dora = log_in(net, account)
    net.gather("#room", dora, bob)
    host.run("room.close", {"name": "#room"})
    presence = dict(net.store.documents("presence"))[account.key]
    assert b"#room" not in presence
    assert dict(net.store.documents("room")) == {}


def test_the_kicks_of_a_closed_room_are_in_its_history(net, host, room):
    host.run("room.close", {"name": "#room", "reason": "paint"})
    records = net.store.answer(HistoryQuery("#room", 9, events=True))
    assert [record.text for record in records if record.command == "KICK"] == [
        "#room alice :paint",
        "#room bob :paint",
    ]


@pytest.mark.parametrize("name", ["room", "#", "#a b", "", "#a,#b"])
def test_what_no_room_is_called_cannot_be_closed(host, name):
    assert "no room is called" in refusal(host, "room.close", name=name)


# Archives


def test_in_an_archive_nobody_speaks_and_everybody_reads(net, host, alice, bob, room):
    alice.send("PRIVMSG #room :before")
    done = host.run("room.archive", {"name": "#room", "reason": "Moved to #new"})
    bob.raw()
    assert " 404 alice #room :" in alice.ask("PRIVMSG #room :after")[0]
    assert bob.received() == []
    carl = net.register("carl")
    assert any(" JOIN " in line for line in carl.ask("JOIN #room"))
    assert host.run("room", {"name": "#room"}).archived == "by root: Moved to #new"
    undo(host, done)
    alice.send("PRIVMSG #room :again")
    assert "again" in bob.received()[-1]


def test_only_what_is_named_is_taken_back(net, host, room):
    host.run("room.archive", {"name": "#room"})
    closing = host.run("room.close", {"name": "#room"})
    undo(host, closing)
    facts = host.run("room", {"name": "#room"})
    assert (facts.closed, facts.archived) == (None, "by root")
    host.run("room.close", {"name": "#room"})
    both = host.run("room.open", {"name": "#room"})
    assert not both.undoable
    assert net.ircd.bans.by_id == {}


# Owning


def test_a_room_is_given_to_an_account_and_taken_back(net, host, alice, room, carol):
    done = host.run("room.owner", {"name": "#room", "account": "CAROL"})
    assert done.said == "#room belongs to Carol now"
    client = log_in(net, carol)
    client.send("JOIN #room")
    assert net.ircd.channels["#room"].members[client.session.user].modes == "q"
    assert refusal(host, "undo", id=done.id) == "this hits 1 (#room): say --yes to go on"
    undo(host, done, confirmed=True)
    assert net.ircd.registrations == {}


def test_a_room_goes_from_one_account_to_another_and_back(net, host, carol):
    open_account(net, "Dave")
    host.run("room.owner", {"name": "#garden", "account": "dave"})
    done = host.run("room.owner", {"name": "#garden", "account": "carol"})
    assert done.said == "#garden belongs to Carol now, and no more to Dave"
    assert net.ircd.registrations["#garden"].founder == carol.key
    undo(host, done)
    assert host.run("room", {"name": "#garden"}).owner == "Dave"


def test_what_would_be_lost_cannot_be_undone(net, host, room, carol):
    host.run("room.owner", {"name": "#room", "account": "carol"})
    assert host.run("room.owner", {"name": "#room", "nobody": True, "dry_run": True}).undoable
    net.ircd.registrations["#room"].access["@5"] = "o"
    assert not host.run("room.owner", {"name": "#room", "nobody": True, "confirmed": True}).undoable


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"name": "#room"}, "name the account that is to own the room, or say --nobody"),
        ({"name": "#room", "account": "carol", "nobody": True}, "name the account that is to own the room, or"),
        ({"name": "#room", "account": "carl"}, "there is no account 'carl' (there is Carol)"),
        ({"name": "#room", "nobody": True}, "nobody owns #room"),
        ({"name": "no room", "account": "carol"}, "no room can be called 'no room'"),
        ({"name": "#gаrden", "account": "carol"}, "the name looks like that of #garden, which has an owner"),
        ({"name": "#garden", "account": "carol"}, "#garden is Carol's already"),
    ],
)
def test_who_cannot_own_a_room(host, carol, params, sentence):
    host.run("room.owner", {"name": "#garden", "account": "carol"})
    assert sentence in refusal(host, "room.owner", **params)


def test_nobody_owns_the_lobby(make_net, tmp_path):
    from tests.control.conftest import NetHost

    net = make_net(rooms={"autojoin": ["#lobby"]})
    open_account(net, "Carol")
    assert "#lobby is everybody's" in refusal(NetHost(net), "room.owner", name="#lobby", account="carol")


# Topics


def test_a_topic_is_set_by_the_server_and_taken_back(net, host, alice, bob, room):
    alice.send("TOPIC #room :Tea")
    bob.raw()
    done = host.run("room.topic", {"name": "#room", "text": "Coffee\n and cake"})
    assert bob.received() == [":chat.test TOPIC #room :Coffee and cake"]
    undo(host, done)
    assert bob.received() == [":chat.test TOPIC #room :Tea"]


def test_where_there_was_no_topic_there_is_none_again(net, host, bob, room):
    undo(host, host.run("room.topic", {"name": "#room", "text": "Coffee"}))
    assert room.topic is None


def test_the_topic_of_a_room_that_nobody_is_in(net, host, carol):
    host.run("room.owner", {"name": "#garden", "account": "carol"})
    host.run("room.topic", {"name": "#garden", "text": "Roses"})
    host.run("room.modes", {"name": "#garden", "modes": "+mk-t rose"})
    assert "#garden" not in net.ircd.channels
    saved = net.ircd.registrations["#garden"]
    assert (saved.topic.text, saved.flags, saved.key) == ("Roses", "mn", "rose"), "as a new room, but for t"
    assert b"Roses" in dict(net.store.documents("channel"))["#garden"]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "give a text, or --clear for no topic"),
        ({"text": "x", "clear": True}, "give a text, or --clear for no topic"),
        ({"clear": True}, "#room has no topic"),
    ],
)
def test_no_topic_to_set(host, room, params, sentence):
    assert refusal(host, "room.topic", name="#room", **params) == sentence


# Modes


def test_modes_are_set_without_being_there_and_taken_back(net, host, alice, bob, room):
    alice.send("MODE #room +l 5")
    bob.raw()
    done = host.run("room.modes", {"name": "#room", "modes": "+mvbk-tl bob bad!*@* new"})
    assert done.said == "Changed the modes of #room: +mvbk-tl bob bad!*@* …"
    assert bob.received() == [":chat.test MODE #room +mvbk-tl bob bad!*@* new"]
    undo(host, done)
    assert bob.received() == [":chat.test MODE #room +lt-kbvm 5 new bad!*@* bob"]


def test_those_who_run_the_server_take_the_founders_rank(net, host, alice, room):
    host.run("room.modes", {"name": "#room", "modes": "+q bob"})
    host.run("room.modes", {"name": "#room", "modes": "-qo bob alice"})
    assert {user.nick: member.modes for user, member in room.members.items()} == {"alice": "", "bob": ""}


def test_neither_a_guard_nor_a_room_of_their_own_is_asked_of_them(net, host, alice, bob, room, carol):
    net.gather("#other", bob)
    host.run("room.owner", {"name": "#room", "account": "carol"})
    net.ircd.registrations["#room"].guard = True
    host.run("room.modes", {"name": "#room", "modes": "+of bob #other"})
    assert (room.members[bob.session.user].modes, room.forward) == ("o", "#other")
    undo(host, host.run("room.modes", {"name": "#room", "modes": "-f"}))
    assert room.forward == "#other"


@pytest.mark.parametrize(
    ("modes", "sentence"),
    [
        ("+Zm", "there is no mode Z"),
        ("+b", "mode b needs a mask; 'room' shows the list"),
        ("+n", "that changes nothing in #room"),
        ("+o nobody", "nobody: No such nick/channel"),
        ("+l many", "#room l many: A limit is a number above 0"),
        ("+f #none", "#none: No such channel"),
        ("", "that changes nothing in #room"),
    ],
)
def test_modes_that_cannot_be(host, room, modes, sentence):
    assert refusal(host, "room.modes", name="#room", modes=modes) == sentence


def shown(room) -> tuple[object, ...]:
    """All that modes set."""
    lists = {letter: sorted(entries) for letter, entries in room.lists.items()}
    members = {user.nick: member.modes for user, member in room.members.items()}
    return room.flags, room.key, room.limit, room.slow, lists, members


CHANGE = st.tuples(
    st.sampled_from("+-"),
    st.sampled_from(
        ["m", "n", "t", "i", "s", "c", "k one", "k two", "l 3", "l 9", "W 5", "v bob", "o alice", "q bob", "b a!*@*"]
    ),
)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, min_size=1, max_size=8))
def test_whatever_modes_are_set_undo_brings_back_what_was(net, host, room, changes):
    letters = "".join(sign + word.partition(" ")[0] for sign, word in changes)
    args = [word.partition(" ")[2] for sign, word in changes if " " in word and (sign == "+" or word[0] not in "lW")]
    before = shown(room)
    try:
        done = host.run("room.modes", {"name": "#room", "modes": " ".join([letters, *args])})
    except RpcError:  # nothing to change
        assert shown(room) == before
        return
    assert shown(room) != before
    if not done.undoable:
        assert "k" in before and "k" in letters  # noqa: PT018  # one thing: a key that there was
        return
    undo(host, done)
    assert shown(room) == before


# Keeping


def kept(net) -> tuple[int | None, int | None]:
    found: Retention = net.store.answer(RetentionQuery("#room"))
    return found.days, found.messages


def test_how_much_is_kept_is_set_and_taken_back(net, host, alice, room):
    alice.send("PRIVMSG #room :hi")
    first = host.run("room.retention", {"name": "#Room", "days": 30})
    assert first.said == "#room keeps the messages of 30 days; it has 1 message"
    second = host.run("room.retention", {"name": "#room", "messages": 5})
    assert kept(net) == (None, 5)
    undo(host, second)
    assert kept(net) == (30, None)
    undo(host, first)
    assert kept(net) == (None, None)


def test_what_is_not_to_be_kept_is_deleted(net, host, alice, room):
    alice.send("PRIVMSG #room :old")
    net.let_time_pass(3 * DAY)
    alice.send("PRIVMSG #room :new")
    host.run("room.retention", {"name": "#room", "days": 2})
    while net.store.look_after(net.now.wall):
        pass
    assert [record.text for record in net.store.answer(HistoryQuery("#room", 9))] == ["new"]


@pytest.mark.parametrize("params", [{}, {"usual": True, "days": 3}])
def test_how_much_must_be_said(host, room, params):
    assert "say how much is kept" in refusal(host, "room.retention", name="#room", **params)


def test_nothing_is_kept_of_what_is_not(host):
    assert refusal(host, "room.retention", name="#none", days=1) == "there is no room '#none'"


def test_what_is_tried_changes_nothing(net, host, room, carol):
    for name, params in (
        ("room.close", {}),
        ("room.archive", {}),
        ("room.owner", {"account": "carol"}),
        ("room.topic", {"text": "x"}),
        ("room.modes", {"modes": "+m"}),
        ("room.retention", {"days": 1}),
    ):
        before = shown(room), room.topic, dict(net.ircd.registrations), dict(net.ircd.bans.by_id), kept(net)
        assert host.run(name, {"name": "#room", "dry_run": True, **params}).id == 0
        after = shown(room), room.topic, dict(net.ircd.registrations), dict(net.ircd.bans.by_id), kept(net)
        assert before == after
    assert host.run("audit") == []


@pytest.mark.parametrize(("option", "value"), [("days", 36_601), ("messages", 10**9 + 1), ("days", 2**70)])
def test_no_number_is_too_large_for_the_database(net, host, room, option, value):
    assert "Invalid params" in refusal(host, "room.retention", name="#room", **{option: value})
    host.run("room.retention", {"name": "#room", "days": 36_600, "messages": 10**9})
    net.store.look_after(net.now.wall)


def test_what_two_people_say_to_each_other_is_no_room(net, host, alice, bob):
    alice.send("PRIVMSG bob :psst")
    (key,) = host.ask(TargetNamesQuery())
    assert refusal(host, "room", name=key).startswith("there is no room")
    assert refusal(host, "room.retention", name=key, messages=1).startswith("there is no room")


def test_whoever_reads_the_audit_log_does_not_learn_a_rooms_key(host, room):
    for modes in ("+k hunter2", "+k other", "-k *"):
        host.run("room.modes", {"name": "#room", "modes": modes})
    said = [row.said for row in host.run("audit")]
    assert said == [f"Changed the modes of #room: {change} …" for change in ("-k", "+k", "+k")]
    kept = b"".join(entry.params + entry.undo + entry.said.encode() for entry in host.ask(AuditQuery()))
    assert not [key for key in (b"hunter2", b"other") if key in kept]


def test_a_first_key_is_taken_back_and_a_key_that_there_was_is_not_kept_for_it(host, room):
    first = host.run("room.modes", {"name": "#room", "modes": "+k hunter2"})
    assert not host.run("room.modes", {"name": "#room", "modes": "+k other", "dry_run": True}).undoable
    assert not host.run("room.modes", {"name": "#room", "modes": "-k *", "dry_run": True}).undoable
    undo(host, first)
    assert room.key is None


def test_rooms_that_are_closed_or_archived_are_listed_with_their_state(net, host):
    alice = net.register("alice")
    alice.send("JOIN #open", "JOIN #read", "JOIN #both")
    for name, room in (("room.archive", "#read"), ("room.archive", "#both"), ("room.close", "#both")):
        host.run(name, {"name": room})
    host.run("room.close", {"name": "#Gone", "lasts": 60.0})
    host.run("room.archive", {"name": "#old*"})
    found = {row.name: (row.users, row.state) for row in host.run("rooms")}
    assert found == {
        "#open": (1, "open"),
        "#read": (1, "archived"),
        "#both": (0, "closed"),
        "#Gone": (0, "closed"),
        "#old*": (0, "archived"),
    }
    net.let_time_pass(61)
    net.move_clock(5)
    assert "#gone" not in {row.name for row in host.run("rooms")}
