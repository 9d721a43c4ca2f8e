"""Many lines that come in one piece do what they would do one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chatkit.ircd import logins
from chatkit.ircd.ailing import note_store
from chatkit.ircd.context import Context
from chatkit.ircd.events import Said
from chatkit.ircd.reconfiguring import reconfigure
from chatkit.ircd.saying import Saying
from chatkit.store.records import HistoryQuery
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.order import close, lift, rule
from tests.ircd.people import open_account
from tests.ircd.states import a_net

TEXTS = st.one_of(
    st.sampled_from([b"hello", b":)", b" ", b"", b"\x01ACTION waves\x01", b"\x01VERSION\x01", b"\x02bold\x0304red"]),
    st.sampled_from([b"nul\0", b"\xff", b"one\ntwo", "grüße €".encode(), b"x" * 480, "€".encode() * 165, b"y" * 600]),
)
HEADS = st.sampled_from(
    [
        *[b"PRIVMSG #one :"] * 6,
        b"PRIVMSG #two :",
        b"PRIVMSG #ONE :",
        b"privmsg #one :",
        b"PRIVMSG #one,#two :",
        b"PRIVMSG @#one :",
        b"PRIVMSG #elsewhere :",
        b"PRIVMSG bob :",
        b"NOTICE #one :",
        b"@+x=y PRIVMSG #one :",
        b"@label=l PRIVMSG #one :",
        b":alice PRIVMSG #one :",
    ]
)
OTHERS = st.sampled_from([b"PART #one", b"JOIN #one", b"NICK alicia", b"PRIVMSG #one", b"PING 1", b"MODE #one +m", b""])
LINES = st.lists(st.one_of(st.builds(bytes.__add__, HEADS, TEXTS), OTHERS), max_size=12)
ALL = "echo-message message-tags server-time labeled-response batch draft/multiline"
CAPS = st.sampled_from(["", "echo-message", ALL])
MODES = st.sampled_from(["", "+c", "+C", "+m", "+U", "+mU", "+W 5"])


def what_comes_of(lines: list[bytes], caps: str, modes: str, founder: str, *, in_one_piece: bool) -> object:
    """What everybody reads, what is logged and what is stored, when alice sends ``lines``."""
    with conversation(caps, founder) as (net, people):
        if modes:
            people[founder].send(f"MODE #one {modes}")
        people["alice"].session.allowance = 9.0
        for piece in [lines] if in_one_piece else [[line] for line in lines]:
            people["alice"].send(*piece)
        for _ in range(5):  # what came too fast
            net.move_clock(1)
        return outcome(net, people)


def what_comes_in_turns(steps: list[tuple[str, bytes]], caps: str, *, remembers: bool) -> object:
    """The same when each of ``steps`` is somebody's line. ``remembers`` is whether what was said last counts."""
    with conversation(caps, "bob") as (net, people):
        for who, line in steps:
            net.ircd.changes += not remembers
            if who == "clock":
                net.move_clock(1)
            elif who == "root":
                RULINGS[line](net)
            elif not people[who].link.closed:
                people[who].send(line)
        return outcome(net, people)


@contextmanager
def conversation(caps: str, founder: str) -> Iterator[tuple[Net, dict[str, FakeClient]]]:
    """alice and bob, in #one, which ``founder`` made, and in #two."""
    with a_net(limits={"commands_burst": 9}) as net:
        open_account(net, "al")
        people = {"alice": net.register("alice", caps), "bob": net.register("bob", "message-tags echo-message")}
        net.gather("#one", *sorted(people.values(), key=lambda client: client is not people[founder]))
        net.gather("#two", *people.values())
        yield net, people


def outcome(net: Net, people: dict[str, FakeClient]) -> object:
    """What came of it all."""
    said = [(event.source, event.target, event.text) for event in net.events if isinstance(event, Said)]
    read = [client.received() for client in people.values()]
    idle = [user.idle_since for user in net.ircd.users.values()]
    return read, said, stored(net), idle, net.ircd.messages, dict(net.ircd.used)


def stored(net: Net) -> list[tuple[str, str, str]]:
    """All messages of the history, in their order."""
    found = net.store.answer(HistoryQuery("#one", 100)) + net.store.answer(HistoryQuery("#two", 100))
    return [(record.target, record.source, record.text) for record in found]


ONE = b"PRIVMSG #one :"
COLOURED, ASKING, TOO_LONG = [ONE + text for text in (b"\x0304red", b"\x01VERSION\x01", b"y" * 600)]


@settings(max_examples=examples(60))
@example([ONE + b"a", COLOURED, ONE + b"b"], "", "+c", "bob")
@example([ONE + b"a", ASKING, ONE + b"b"], "", "+C", "bob")
@example([ONE + b"a", TOO_LONG, ONE + b"b"], "", "", "bob")
@example([ONE + b"a", ONE + b"\xff", ONE + b"nul\0", ONE, ONE + b"b"], "echo-message", "", "bob")
@example([ONE + b"a", b"BATCH +1 draft/multiline #one", ONE + b"b", b"BATCH -1", ONE + b"c"], ALL, "", "bob")
@example([b"BATCH +1 draft/multiline #one", ONE + b"a", ONE + b"b", b"BATCH -1"], ALL, "", "bob")
@example([ONE + b"a"] * 12, "", "+U", "bob")
@example([ONE + b"a"] * 3, "", "+W 5", "bob")
@given(LINES, CAPS, MODES, st.sampled_from(["alice", "bob"]))
def test_lines_in_one_piece_do_what_they_do_one_by_one(lines, caps, modes, founder):
    assert what_comes_of(lines, caps, modes, founder, in_one_piece=True) == what_comes_of(
        lines, caps, modes, founder, in_one_piece=False
    )


DEEDS = [
    b"MODE #one +m", b"MODE #one +W 5", b"MODE #one -m", b"MODE #one +b alice", b"MODE #one +c",
    b"MODE #one +v alice", b"KICK #one alice", b"MODE #one +M", b"MODE #one +b m:alice", b"MODE #one +b m:~a:al",
    b"MODE #one +e alice", b"MODE #one -b alice", b"MODE #one +u",
    b"INVITE alice #one", b"PART #one", b"TOPIC #one :new", b"AWAY :gone", b"RENAME #one #three", b"KILL alice :out",
    b"PRIVMSG #one :mine", b"PRIVMSG NickServ :HELP", b"QUIT",
]  # fmt: skip


def set_limits(net: Net, **limits: int) -> None:
    """The settings are read again."""
    config = net.ircd.config
    config = replace(config, limits=replace(config.limits, **limits))
    reconfigure(net.ircd, config, net.ircd.motd, net.ircd.password, net.now)
    net.settle()


def log_alice_in(net: Net) -> None:
    """A worker has found that alice's password is right, if she is still there."""
    user, account = net.ircd.users.get("alice"), net.ircd.accounts.by_name["al"]
    if user is not None and user.account is None:
        logins.log_in(Context(net.ircd, user.sessions[0], net.now), account)
    net.settle()


# What those who run the server do, by its name: none of it comes as anybody's line.
RULINGS: dict[bytes, Callable[[Net], object]] = {
    b"mute of a nick": lambda net: rule(net, "nick", "alice", "mute"),
    b"mute for a second": lambda net: rule(net, "mask", "*!~alice@*", "mute", lasts=1),
    b"mute of an account": lambda net: rule(net, "account", "al", "mute"),
    b"ban": lambda net: rule(net, "address", "127.0.0.1"),
    b"archive": lambda net: rule(net, "room", "#one", "mute"),
    b"close": lambda net: rule(net, "room", "#one"),
    b"lift all": lambda net: [lift(net, ban) for ban in list(net.ircd.bans.by_id.values())],
    b"lockdown": lambda net: close(net, "read-only"),
    b"lockdown for a second": lambda net: close(net, "read-only", until=net.now.wall // 1_000_000 + 1),
    b"open": lambda net: close(net, "open"),
    b"the disk is full": lambda net: note_store(net.ircd, "full", net.now),
    b"the disk is not": lambda net: note_store(net.ircd, "", net.now),
    b"flood control": lambda net: set_limits(net, commands_burst=3),
    b"no flood control": lambda net: set_limits(net, commands_per_second=0),
    b"log-in": log_alice_in,
}  # fmt: skip
OWN_DEEDS = [
    b"NICK alicia",
    b"PART #one",
    b"JOIN #one",
    b"CAP REQ :echo-message",
    b"SETNAME :A",
    b"MODE alice +B",
    b"NS LOGOUT",
]
SAYING = st.tuples(st.just("alice"), st.sampled_from([ONE + b"a", ONE + b"b", COLOURED, ASKING]))
STEPS = st.one_of(
    SAYING, SAYING, SAYING, st.tuples(st.just("bob"), st.sampled_from(DEEDS)),
    st.tuples(st.just("alice"), st.sampled_from(OWN_DEEDS)), st.tuples(st.just("clock"), st.just(b"")),
    st.tuples(st.just("root"), st.sampled_from(list(RULINGS))),
)  # fmt: skip


@settings(max_examples=examples(60))
@given(st.lists(STEPS, max_size=14), CAPS)
def test_what_was_let_through_once_is_looked_at_again_after_anything_has_happened(steps, caps):
    assert what_comes_in_turns(steps, caps, remembers=True) == what_comes_in_turns(steps, caps, remembers=False)


@pytest.mark.parametrize("deed", [*DEEDS, *OWN_DEEDS, *RULINGS])
def test_each_deed_between_two_messages_counts(deed):
    who = "root" if deed in RULINGS else "bob" if deed in DEEDS else "alice"
    steps = [("alice", ONE + b"a"), ("alice", ONE + b"b"), (who, deed), ("alice", ONE + b"c"), ("alice", COLOURED)]
    assert what_comes_in_turns(steps, "", remembers=True) == what_comes_in_turns(steps, "", remembers=False)


def test_messages_that_come_in_one_piece_have_ids_and_times_that_grow(net):
    alice, bob = net.register("alice"), net.register("bob", "message-tags server-time")
    net.gather("#one", alice, bob)
    alice.send(*[f"PRIVMSG #one :{number}" for number in range(5)])
    seqs = [event.seq for event in net.events if isinstance(event, Said)]
    assert seqs == sorted(set(seqs))
    assert [line.rsplit(":", 1)[1] for line in bob.raw()] == ["0", "1", "2", "3", "4"]


# One that comes alone.


@pytest.fixture
def people(net) -> dict[str, FakeClient]:
    """alice, who has said something in #one, and bob."""
    people = {"alice": net.register("alice"), "bob": net.register("bob", "message-tags")}
    net.gather("#one", *people.values())
    people["alice"].send(ONE + b"first")
    people["bob"].raw()
    return people


def talk_on(net: Net, client: FakeClient, *lines: bytes) -> Saying | None:
    return net.ircd.talk_on(client.session, list(lines), net.now)


def test_a_message_after_another_is_a_turn_of_its_own(net, people):
    saying = talk_on(net, people["alice"], ONE + b"second")
    assert saying is not None
    assert (people["bob"].raw(), len(saying.records), len(saying.events)) == ([], 1, 1)
    saying.hand_out()
    assert people["bob"].received() == ["@msgid=M :alice!~alice@127.0.0.1 PRIVMSG #one :second"]


@pytest.mark.parametrize(
    "lines",
    [
        [b"PING 1"],
        [ONE + b"a", ONE + b"b"],
        [],
        [ONE],
        [b"PRIVMSG #two :a"],
        [ONE + b"\xff"],
        [ONE + b"nul\0"],
        [TOO_LONG],
    ],
)
def test_whatever_else_comes_is_left_to_the_usual_way_and_nothing_has_happened(net, people, lines):
    alice, before = (
        people["alice"].session,
        (net.ircd.sequence.last, net.ircd.messages, people["alice"].session.allowance),
    )
    assert talk_on(net, people["alice"], *lines) is None
    assert (net.ircd.sequence.last, net.ircd.messages, alice.allowance) == before


def test_a_message_alone_is_left_to_the_usual_way_where_something_has_happened(net, people):
    people["bob"].send("TOPIC #one :new")
    assert talk_on(net, people["alice"], ONE + b"second") is None


def test_a_message_alone_waits_where_others_wait_or_it_comes_too_fast(net, people):
    people["alice"].session.allowance = 0.0
    assert talk_on(net, people["alice"], ONE + b"second") is None
    people["alice"].send(ONE + b"second")
    assert people["alice"].session.pending
    people["alice"].session.allowance = 9.0
    assert talk_on(net, people["alice"], ONE + b"third") is None


def test_a_message_alone_that_is_not_stored_is_seen_by_nobody_and_its_sender_is_told(net, people):
    people["alice"].raw()
    net.broken = True
    people["alice"].send(ONE + b"second")
    assert people["bob"].raw() == []
    assert people["alice"].raw() == [
        "FAIL PRIVMSG NOT_STORED #one :Not sent: the server cannot store messages at the moment"
    ]
