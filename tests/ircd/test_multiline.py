"""Client batches and draft/multiline.

Spec: https://ircv3.net/specs/extensions/client-batch and https://ircv3.net/specs/extensions/multiline
"""

import re

import pytest

from chatkit.ircd.handlers.multiline import LINES_A_COMMAND

CAPS = "batch draft/multiline"
ALL = f"{CAPS} message-tags echo-message labeled-response"
ALICE = "alice!~alice@127.0.0.1"
_REFERENCE = re.compile(r"\b(batch=|BATCH [+-])(\w+)")


def normal(lines: list[str]) -> list[str]:
    """``lines`` with the references of their batches as 1, 2, and so on."""
    seen: dict[str, int] = {}
    return [_REFERENCE.sub(lambda match: match[1] + str(seen.setdefault(match[2], len(seen) + 1)), x) for x in lines]


def batch(target: str, *lines: str, tags: str = "") -> list[str]:
    """A batch; lines that begin with ``&`` have the concat tag."""
    found = [f"{tags and f'@{tags} '}BATCH +x draft/multiline {target}"]
    for line in lines:
        concat = ";draft/multiline-concat" if line.startswith("&") else ""
        found.append(f"@batch=x{concat} PRIVMSG {target} :{line.removeprefix('&')}")
    return [*found, "BATCH -x"]


@pytest.fixture
def alice(net):
    return net.register("alice", ALL)


@pytest.fixture
def room(net, alice):
    """Alice, who sends, and the others of #room, by what they negotiated."""
    others = {caps: net.register(f"user{number}", caps) for number, caps in enumerate(("", "message-tags", CAPS, ALL))}
    net.gather("#room", alice, *others.values())
    return others


@pytest.mark.smoke
def test_a_batch_is_delivered_as_a_batch_of_the_same_lines(alice, room):
    """The specification's first example."""
    alice.send(*batch("#room", "hello", "", "how is ", "&everyone?"))
    expected = [
        f"@batch=1 :{ALICE} PRIVMSG #room :hello",
        f"@batch=1 :{ALICE} PRIVMSG #room :",
        f"@batch=1 :{ALICE} PRIVMSG #room :how is ",
        f"@batch=1;draft/multiline-concat :{ALICE} PRIVMSG #room :everyone?",
        f":{ALICE} BATCH -1",
    ]
    opening = f":{ALICE} BATCH +1 draft/multiline #room"
    assert normal(room[CAPS].received()) == [opening, *expected]
    assert normal(room[ALL].received()) == normal(alice.received()) == [f"@msgid=M {opening}", *expected]


def test_others_get_the_lines_that_are_not_blank_and_the_first_has_the_id(alice, room):
    """ "Servers MUST NOT send blank lines", "MUST only include a message ID on the first message"."""
    alice.send(*batch("#room", "", "hello", "", "how is ", "&everyone?", tags="+reply=1"))
    texts = ["hello", "how is ", "everyone?"]
    assert room[""].received() == [f":{ALICE} PRIVMSG #room :{text}" for text in texts]
    first, *rest = [f":{ALICE} PRIVMSG #room :{text}" for text in texts]
    assert room["message-tags"].received() == [f"@msgid=M;+reply=1 {first}", *rest]


def test_tags_that_say_who_and_when_are_on_every_line_of_the_fallback(net):
    alice = net.register("alice", ALL)
    bob = net.register("bob", "server-time message-tags")
    alice.send("MODE alice +B", *batch("bob", "one", "two"))
    assert bob.received() == [
        f"@time=T;msgid=M;bot :{ALICE} PRIVMSG bob :one",
        f"@time=T;bot :{ALICE} PRIVMSG bob :two",
    ]


def test_notices_can_have_several_lines_too(net, alice):
    bob = net.register("bob")
    alice.send("BATCH +x draft/multiline bob", "@batch=x NOTICE bob :one", "@batch=x notice BOB :two", "BATCH -x")
    assert bob.received() == [f":{ALICE} NOTICE bob :one", f":{ALICE} NOTICE bob :two"]


def test_a_batch_of_one_line_is_an_ordinary_message(alice, room):
    alice.send(*batch("#room", "hello"))
    assert room[CAPS].received() == [f":{ALICE} PRIVMSG #room :hello"]


def test_a_line_without_room_beside_its_source_goes_on_in_another(net, alice):
    bob = net.register("bob", CAPS)
    alice.send(*batch("bob", "one", "ü" * 240))
    rest = bob.raw()[2:-1]
    assert [line.split(" ")[0].partition(";")[2] for line in rest] == ["", "draft/multiline-concat"]
    assert "".join(line.rpartition(":")[2] for line in rest) == "ü" * 240


def test_nothing_is_lost_of_a_single_line_that_has_no_room_beside_its_source(net, alice):
    bob = net.register("bob")
    alice.send(*batch("bob", "ü" * 240))
    lines = bob.received()
    assert len(lines) == 2
    assert "".join(line.rpartition(":")[2] for line in lines) == "ü" * 240
    assert ";draft/multiline-concat " in alice.received()[2].replace("@batch=", ";batch=")


def test_the_label_is_on_the_opening_batch_of_the_echo(alice, room):
    """ "Servers MUST only include the label tag on the opening BATCH command"."""
    answer = normal(alice.ask(*batch("#room", "one", "two", tags="label=L1")))
    assert answer[0] == f"@label=L1;msgid=M :{ALICE} BATCH +1 draft/multiline #room"
    assert not any("label" in line or "ACK" in line for line in answer[1:])


def test_without_echo_a_labelled_batch_is_acknowledged_once(net):
    alice = net.register("alice", f"{CAPS} labeled-response")
    net.gather("#room", alice)
    assert alice.ask(*batch("#room", "one", "two", tags="label=L1")) == ["@label=L1 :chat.test ACK"]


def test_a_label_on_the_end_serves_where_the_beginning_has_none(alice, room):
    opening, *lines, _ = batch("#room", "one", "two")
    answer = alice.ask(opening, *lines, "@label=L1 BATCH -x")
    assert answer[0].startswith("@label=L1;")


def test_what_refuses_the_batch_has_its_label(alice):
    assert alice.ask(*batch("nobody", "one", "two", tags="label=L1")) == [
        "@label=L1 :chat.test 401 alice nobody :No such nick/channel",
    ]
    assert alice.ask(*batch("#room", "", "", tags="label=L1")) == [
        "@label=L1 :chat.test FAIL BATCH MULTILINE_INVALID :Invalid multiline batch with blank lines only",
    ]


def test_commands_with_labels_inside_are_answered_each(alice):
    answer = alice.ask(
        "@label=L1 BATCH +x draft/multiline #room",
        "@label=L2;batch=x PRIVMSG #room :one",
        "@label=L3;batch=x PRIVMSG #other :two",
        "@label=L4 BATCH -x",
    )
    assert answer == [
        "@label=L2 :chat.test ACK",
        "@label=L3 :chat.test ACK",
        "@label=L1 :chat.test FAIL BATCH MULTILINE_INVALID_TARGET #room #other :Invalid multiline target",
        "@label=L4 :chat.test ACK",
    ]


def test_history_gives_a_batch_inside_its_own_with_the_same_id(net, room):
    bob = net.register("bob", f"{ALL} draft/chathistory")
    net.gather("#room", bob)
    bob.send(*batch("#room", "one", "&two", "", "three"))
    opening, *lines, closing = bob.raw()
    bob.send("@label=h CHATHISTORY LATEST #room * 1")
    outer_opening, *history, _ = bob.raw()
    outer = re.search(r"BATCH \+(\w+) chathistory", outer_opening)[1]
    assert history[0].replace(f"batch={outer};", "") == opening
    assert history[1:-1] == lines
    assert history[-1] == f"@batch={outer} {closing}"


def test_history_for_others_has_the_lines_one_by_one(net, alice, room):
    alice.send(*batch("#room", "one", "", "two"))
    bob = net.register("bob", "batch draft/chathistory message-tags")
    net.gather("#room", bob)
    _, first, second, _ = bob.ask("CHATHISTORY LATEST #room * 1")
    assert first == f"@batch={_outer(first)};msgid=M :{ALICE} PRIVMSG #room :one"
    assert second == f"@batch={_outer(first)} :{ALICE} PRIVMSG #room :two"


def _outer(line: str) -> str:
    return re.match(r"@batch=(\w+)", line)[1]


def test_the_capability_says_the_limits(make_net):
    net = make_net(messages={"multiline_bytes": 100, "multiline_lines": 5})
    stranger = net.connect()
    (words,) = (line for line in stranger.ask("CAP LS 302") if "draft/multiline" in line)
    assert "draft/multiline=max-bytes=100,max-lines=5" in words.split(" ")
    assert not any("multiline" in line for line in net.connect().ask("CAP LS"))  # "REQUIRED value"


@pytest.mark.parametrize(
    ("lines", "fail"),
    [
        (["1234567890"], None),
        (["12345", "&67890"], None),
        (["12345", "7890"], None),
        (["12345", "67890"], "MULTILINE_MAX_BYTES 10 :Multiline batch max-bytes exceeded"),
        (["12345", "&678901"], "MULTILINE_MAX_BYTES 10 :Multiline batch max-bytes exceeded"),
        (["ü" * 6], "MULTILINE_MAX_BYTES 10 :Multiline batch max-bytes exceeded"),
        (["1", "2", "3"], None),
        (["1", "2", "3", "4"], "MULTILINE_MAX_LINES 3 :Multiline batch max-lines exceeded"),
        (["1", "&2", "&3", "&4"], "MULTILINE_MAX_LINES 3 :Multiline batch max-lines exceeded"),
    ],
)
def test_limits_count_line_feeds_between_lines_and_all_lines(make_net, lines, fail):
    """ "Each line feed used to join line messages contributes one byte", "all lines contribute towards max-lines"."""
    net = make_net(messages={"multiline_bytes": 10, "multiline_lines": 3})
    alice, bob = net.register("alice", CAPS), net.register("bob")
    assert alice.ask(*batch("bob", *lines)) == ([f":chat.test FAIL BATCH {fail}"] if fail else [])
    assert bool(bob.received()) is (fail is None)


@pytest.mark.parametrize(
    ("lines", "fail"),
    [
        (["@batch=x PRIVMSG #other :a"], "MULTILINE_INVALID_TARGET #room #other :"),
        (["@batch=x PRIVMSG #room,#other :a"], "MULTILINE_INVALID_TARGET #room #room,#other :"),
        (["@batch=x PRIVMSG #room :a", "@batch=x;draft/multiline-concat PRIVMSG #room :"], "MULTILINE_INVALID :"),
        (["@batch=x PRIVMSG #room :a", "@batch=x NOTICE #room :b"], "MULTILINE_INVALID :"),
        (["@batch=x TAGMSG #room"], "MULTILINE_INVALID :"),
        (["@batch=x JOIN #room"], "MULTILINE_INVALID :"),
        (["@batch=x PRIVMSG #room"], "MULTILINE_INVALID :"),
        (["@batch=x PRIVMSG"], "MULTILINE_INVALID :"),
        (["@batch=y PRIVMSG #room :a"], "MULTILINE_INVALID :"),
        (["PRIVMSG #room :a"], "MULTILINE_INVALID :"),
        (["@batch=x BATCH +y draft/multiline #room", "@batch=y PRIVMSG #room :a"], "MULTILINE_INVALID :"),
        (["BATCH +y draft/multiline #room"], "MULTILINE_INVALID :"),
        (["BATCH -y"], "MULTILINE_INVALID :"),
        (["@batch=x PRIVMSG #room :a", "BATCH +?"], "INVALID_REFTAG ? :"),
    ],
)
def test_what_makes_a_batch_invalid_is_said_once_and_nothing_of_it_is_delivered(alice, room, lines, fail):
    """ "Servers MUST use FAIL messages"."""
    answer = alice.ask("BATCH +x draft/multiline #room", *lines, "@batch=x PRIVMSG #room :more", "BATCH -x", "PING ok")
    assert len(answer) == 2
    assert answer[0].startswith(f":chat.test FAIL BATCH {fail}")
    assert room[""].received() == []
    assert alice.session.batch is None


@pytest.mark.parametrize(
    ("line", "fail"),
    [
        (b"@batch=x PRIVMSG #room :\xff", "FAIL PRIVMSG INVALID_UTF8 :"),
        (b"@batch=x PRIVMSG #room :" + b"y" * 600, "417 alice :"),
    ],
)
def test_a_message_of_which_a_line_cannot_be_read_is_not_delivered(alice, room, line, fail):
    opening, first, closing = batch("#room", "one", tags="label=L1")
    answer = alice.ask(opening, first, line, "@batch=x PRIVMSG #room :three", closing)
    assert len(answer) == 1
    assert answer[0].startswith(f"@label=L1 :chat.test {fail}")
    assert room[""].received() == []


@pytest.mark.parametrize("lines", [[], [""], ["", ""]])
def test_a_message_of_blank_lines_only_is_invalid(alice, room, lines):
    """ "Clients MUST NOT send messages consisting entirely of blank lines." """
    fail = ":chat.test FAIL BATCH MULTILINE_INVALID :Invalid multiline batch with blank lines only"
    assert alice.ask(*batch("#room", *lines)) == [fail]
    assert room[CAPS].received() == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("BATCH", "461 alice BATCH :Not enough parameters"),
        ("BATCH +x", "FAIL BATCH UNKNOWN_TYPE x * :This type of batch is not known here"),
        ("BATCH +x netsplit", "FAIL BATCH UNKNOWN_TYPE x netsplit :This type of batch is not known here"),
        ("BATCH +x draft/multiline", "FAIL BATCH MULTILINE_INVALID :Invalid multiline batch: it names no target"),
        ("BATCH +ü t", "FAIL BATCH INVALID_REFTAG ü :A reference is letters, digits and hyphens"),
        ("BATCH + t", "FAIL BATCH INVALID_REFTAG * :A reference is letters, digits and hyphens"),
        ("BATCH x t", "FAIL BATCH INVALID_REFTAG x :A reference is letters, digits and hyphens"),
        ("BATCH :", "FAIL BATCH INVALID_REFTAG * :A reference is letters, digits and hyphens"),
        ("BATCH -x", "FAIL BATCH INVALID_REFTAG x :No such batch is open"),
        ("@batch=x PRIVMSG #room :a", "FAIL BATCH INVALID_REFTAG x :No such batch is open"),
    ],
)
def test_a_batch_that_cannot_be_opened_is_refused_and_ignored(alice, room, line, answer):
    """ "All past and future messages in this batch will be ignored." """
    assert alice.ask(line) == [f":chat.test {answer}"]
    if line.startswith("BATCH +"):
        reference = line.split()[1][1:]
        assert alice.ask(f"@batch={reference} PRIVMSG #room :one", f"BATCH -{reference}") == []
    assert room[""].received() == []
    assert alice.ask(*batch("#room", "one", "two")) != []
    assert len(room[""].received()) == 2


@pytest.mark.parametrize("caps", ["", "batch", "draft/multiline"])
def test_a_type_must_be_negotiated(net, caps):
    """ "This specification depends on the batch capability which MUST be negotiated to use multiline messages." """
    alice = net.register("alice", caps)
    assert alice.ask(*batch("alice", "one"))[0].startswith(":chat.test FAIL BATCH UNKNOWN_TYPE x draft/multiline :")


def test_the_connection_is_kept_and_ended_in_the_middle_of_a_batch(alice, room):
    opening, *lines, closing = batch("#room", "one", "two")
    assert alice.ask(opening, "PING x", *lines, "PONG y", closing)[0] == ":chat.test PONG chat.test :x"
    assert len(room[""].received()) == 2
    alice.send(opening, "QUIT :bye")
    assert room[""].received() == [f":{ALICE} QUIT :Quit: bye"]


@pytest.mark.smoke
def test_a_batch_that_is_left_open_times_out(net, alice, room):
    opening, *lines, closing = batch("#room", "one", "two", tags="label=L1")
    assert alice.ask(opening, *lines) == []
    net.move_clock(29)
    assert alice.raw() == []
    net.move_clock(2)
    assert alice.raw() == ["@label=L1 :chat.test FAIL BATCH TIMEOUT x :The batch was open for more than 30 seconds"]
    net.move_clock(40)
    assert alice.ask("@batch=x PRIVMSG #room :three", closing) == []
    assert room[""].received() == []


@pytest.mark.parametrize(("target", "answer"), [("#other", "403 alice #other"), ("bob,carol", "401 alice bob,carol")])
def test_who_cannot_be_told_is_refused_as_ever(alice, target, answer):
    assert alice.ask(*batch(target, "one", "two"))[0].startswith(f":chat.test {answer} :")


def test_a_notice_that_reaches_nobody_is_not_answered(alice):
    lines = ["BATCH +x draft/multiline nobody", "@batch=x NOTICE nobody :a", "@batch=x NOTICE nobody :b", "BATCH -x"]
    assert alice.ask(*lines) == []


def test_flood_control_counts_the_lines_of_a_batch_for_less(make_net):
    net = make_net(limits={"commands_per_second": 1, "commands_burst": 20, "recvq_lines": 100})
    alice, bob = net.register("alice", CAPS), net.register("bob")
    net.move_clock(30)
    alice.raw()
    lines = (20 - 2) * LINES_A_COMMAND
    alice.send(*batch("bob", *(f"line {number}" for number in range(lines))))
    assert len(bob.received()) == lines
    alice.send("PING x", "PING y")
    assert len(alice.raw()) < 2


def test_a_message_of_several_lines_that_cannot_be_stored_is_seen_by_nobody(net, alice, room):
    net.broken = True
    assert alice.ask(*batch("#room", "one", "two", tags="label=L1")) == [
        "@label=L1 FAIL PRIVMSG NOT_STORED #room :Not sent: the server cannot store messages at the moment",
    ]
    assert room[ALL].received() == room[""].received() == []


def test_several_speak_at_once_and_all_see_one_order(net, alice, room):
    other = room[ALL]
    for sender, name in ((alice, "a"), (other, "b"), (alice, "c")):
        lines = [line.encode() for line in batch("#room", f"{name}1", f"{name}2")]
        net.ircd.receive(sender.session, lines, net.now)
    net.settle()
    texts = [line.rpartition(":")[2] for line in room[""].raw()]
    assert texts == ["a1", "a2", "b1", "b2", "c1", "c2"]
    for client in (alice, other):
        assert [line.rpartition(":")[2] for line in client.raw() if "PRIVMSG" in line] == texts


def test_a_reference_with_line_ends_does_not_come_back(net):
    """The value of a tag may stand for what no line can have in it."""
    client = net.register("carol", "batch message-tags")
    answer = client.ask(r"@batch=x\r\nERROR\s:no PING x")
    assert answer == [":chat.test FAIL BATCH INVALID_REFTAG * :No such batch is open"]
