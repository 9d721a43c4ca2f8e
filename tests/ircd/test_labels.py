"""labeled-response and the batches that it needs.

Spec: https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
"""

import re

import pytest

from chatkit.ircd import commands
from chatkit.ircd.clock import msgid_of

CAPS = "labeled-response batch"
BOB = "bob!~bob@127.0.0.1"
_REFERENCE = re.compile(r"\b(batch=|BATCH [+-])(b[0-9a-f]+)")


@pytest.fixture
def bob(net):
    return net.register("bob", CAPS)


def normal(lines: list[str]) -> list[str]:
    """``lines`` with the references of their batches as 1, 2, and so on."""
    seen: dict[str, int] = {}
    return [_REFERENCE.sub(lambda match: match[1] + str(seen.setdefault(match[2], len(seen) + 1)), x) for x in lines]


@pytest.mark.smoke
def test_one_line_gets_the_label(bob):
    assert bob.ask("@label=L1 PING x", "@label=L2 PRIVMSG nobody :hi", "PING y") == [
        "@label=L1 :chat.test PONG chat.test :x",
        "@label=L2 :chat.test 401 bob nobody :No such nick/channel",
        ":chat.test PONG chat.test :y",
    ]


def test_what_has_no_answer_is_acknowledged(bob):
    """Servers MUST respond with a labeled ACK when a client sends a labeled command that produces no response."""
    bob.ask("JOIN #room")
    assert bob.ask("@label=L1 PONG x", "@label=L2 PRIVMSG #room :hi", "@label=L3 NOTICE nobody :hi") == [
        "@label=L1 :chat.test ACK",
        "@label=L2 :chat.test ACK",
        "@label=L3 :chat.test ACK",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"PRIVMSG #room :\xff", "FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not valid UTF-8"),
        (b"PING " + b"x" * 600, "417 bob :Input line was too long"),
        (b":source", "421 bob * :Unknown command"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_label(bob, line, answer):
    """ "This message SHOULD also be given a label, if one was provided by the client"."""
    assert bob.ask(b"@label=L1;+x " + line) == [f"@label=L1 :chat.test {answer}"]


@pytest.mark.parametrize("line", [b"@label=\xff PING x", b"@label=L1;+x=" + b"y" * 5000])
def test_a_label_that_is_not_whole_is_none(bob, line):
    assert bob.ask(line)[0].startswith(":chat.test ")


def test_many_lines_come_in_a_batch_whose_start_alone_has_the_label(bob):
    assert normal(bob.ask("@label=L1 JOIN #room")) == [
        "@label=L1 :chat.test BATCH +1 labeled-response",
        f"@batch=1 :{BOB} JOIN #room",
        "@batch=1 :chat.test 353 bob = #room :@bob",
        "@batch=1 :chat.test 366 bob #room :End of /NAMES list",
        ":chat.test BATCH -1",
    ]


def test_a_batch_of_the_answers_own_takes_the_label(net):
    """The batch type MUST be one of: an existing type applicable to the entire response; labeled-response."""
    bob = net.register("bob", f"{CAPS} draft/chathistory")
    bob.ask("PRIVMSG bob :hi")
    assert normal(bob.ask("@label=L1 CHATHISTORY LATEST bob * 1")) == [
        "@label=L1 :chat.test BATCH +1 chathistory bob",
        f"@batch=1 :{BOB} PRIVMSG bob :hi",
        ":chat.test BATCH -1",
    ]


def test_a_batch_among_other_lines_is_nested(bob, monkeypatch):
    """Start and end messages of one batch MAY refer to another batch."""

    def handler(ctx, msg):
        ctx.reply("999", text="before")
        ctx.open_batch("example.com/inner", "x")
        ctx.reply("999", text="inside")
        ctx.close_batch()

    monkeypatch.setitem(commands.COMMANDS, "TEST", commands.Command("TEST", handler, 0, False))
    assert normal(bob.ask("@label=L1 TEST")) == [
        "@label=L1 :chat.test BATCH +1 labeled-response",
        "@batch=1 :chat.test 999 bob :before",
        "@batch=1 :chat.test BATCH +2 example.com/inner x",
        "@batch=2 :chat.test 999 bob :inside",
        "@batch=1 :chat.test BATCH -2",
        ":chat.test BATCH -1",
    ]


def test_an_echo_carries_the_label_and_others_never_see_it(net):
    alice, bob = net.register("alice", CAPS), net.register("bob", f"{CAPS} echo-message message-tags")
    net.gather("#room", alice, bob)
    assert bob.ask("@label=L1;+x=y PRIVMSG #room :hi") == [f"@label=L1;msgid=M;+x=y :{BOB} PRIVMSG #room :hi"]
    assert alice.received() == [f":{BOB} PRIVMSG #room :hi"]


def test_echoes_to_many_targets_are_one_answer(net):
    net.register("alice")
    bob = net.register("bob", f"{CAPS} echo-message")
    assert normal(bob.ask("@label=L1 PRIVMSG alice,nobody :hi")) == [
        "@label=L1 :chat.test BATCH +1 labeled-response",
        f"@batch=1 :{BOB} PRIVMSG alice :hi",
        "@batch=1 :chat.test 401 bob nobody :No such nick/channel",
        ":chat.test BATCH -1",
    ]


def test_a_message_to_oneself_has_no_label_but_its_echo_has(net):
    """The server MUST NOT include the label tag, except for any acknowledgment sent with echo-message."""
    bob = net.register("bob", CAPS)
    assert bob.ask("@label=L1 PRIVMSG bob :note") == [f":{BOB} PRIVMSG bob :note", "@label=L1 :chat.test ACK"]


@pytest.mark.parametrize("caps", ["", "batch", "labeled-response"])
def test_without_both_capabilities_a_label_means_nothing(net, caps):
    """This specification depends on the batch capability which MUST be negotiated to use labeled responses."""
    bob = net.register("bob", caps)
    assert bob.ask("@label=L1 PING x") == [":chat.test PONG chat.test :x"]
    assert not any("BATCH" in line for line in bob.ask("@label=L1 LUSERS"))


@pytest.mark.parametrize("label", ["", "x" * 65, "ü" * 33])
def test_a_label_must_have_a_value_of_up_to_64_bytes(bob, label):
    assert bob.ask(f"@label={label} PING x") == [":chat.test PONG chat.test :x"]


def test_a_label_comes_back_as_it_was_sent(bob):
    label = r"a\:b\sc\\d" + "ü" * 8
    assert bob.ask(f"@label={label} PING x") == [f"@label={label} :chat.test PONG chat.test :x"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NONSENSE", "421 bob NONSENSE :Unknown command"),
        ("TOPIC", "461 bob TOPIC :Not enough parameters"),
        ("CAP LIST", "CAP bob LIST :batch labeled-response"),
    ],
)
def test_errors_and_capabilities_are_labelled_too(bob, line, answer):
    assert bob.ask(f"@label=L1 {line}") == [f"@label=L1 :chat.test {answer}"]


def test_a_welcome_is_one_labelled_answer(net):
    bob = net.connect()
    bob.ask(f"CAP REQ :{CAPS}", "CAP END", "NICK bob")
    lines = normal(bob.ask("@label=L1 USER bob 0 * :Bob"))
    assert lines[0] == "@label=L1 :chat.test BATCH +1 labeled-response"
    assert lines[-1] == ":chat.test BATCH -1"
    assert all(line.startswith("@batch=1 :chat.test ") for line in lines[1:-1])


def test_the_answer_to_quit_is_the_error_and_nothing_comes_after_it(bob):
    assert bob.ask("@label=L1 QUIT :bye") == ["@label=L1 ERROR :Closing link: 127.0.0.1 (Quit: bye)"]


def test_a_refused_registration_is_told_before_the_end(make_net):
    bob = make_net(password="sesame").connect()  # noqa: S106  # what the test is about
    bob.ask(f"CAP REQ :{CAPS}", "CAP END", "NICK bob")
    assert normal(bob.ask("@label=L1 USER bob 0 * :Bob")) == [
        "@label=L1 :chat.test BATCH +1 labeled-response",
        "@batch=1 :chat.test 464 bob :Password incorrect",
        "@batch=1 ERROR :Closing link: 127.0.0.1 (Password incorrect)",
        ":chat.test BATCH -1",
    ]


def test_nothing_is_acknowledged_that_is_not_stored(net):
    bob = net.register("bob", CAPS)
    bob.ask("JOIN #room")
    net.broken = True
    assert bob.ask("@label=L1 PRIVMSG #room :lost", "@label=L2 PONG x") == [
        "@label=L2 :chat.test ACK",
        "@label=L1 FAIL PRIVMSG NOT_STORED #room :Not sent: the server cannot store messages at the moment",
    ]


def test_a_label_stands_on_one_line_only_though_several_messages_are_lost(net):
    """Servers MUST include the tag in exactly one logical message."""
    net.register("alice")
    bob = net.register("bob", f"{CAPS} echo-message")
    net.broken = True
    text = "Not sent: the server cannot store messages at the moment"
    assert bob.ask("@label=L1 PRIVMSG alice,bob :lost") == [
        f"@label=L1 FAIL PRIVMSG NOT_STORED alice :{text}",
        f"FAIL PRIVMSG NOT_STORED bob :{text}",
    ]


def test_an_answer_that_takes_long_keeps_its_place_and_its_label(net):
    alice, bob = net.register("alice"), net.register("bob", f"{CAPS} draft/chathistory")
    bob.ask("PRIVMSG bob :note")
    net.slow = True
    assert bob.ask("@label=L1 CHATHISTORY LATEST bob * 1", "@label=L2 PING x", "PING y") == []
    bob.send("PING z")
    alice.send("PRIVMSG bob :meanwhile")
    assert bob.received() == [":alice!~alice@127.0.0.1 PRIVMSG bob :meanwhile"]  # others are not kept waiting
    net.answer()
    assert normal(bob.received()) == [
        "@label=L1 :chat.test BATCH +1 chathistory bob",
        f"@batch=1 :{BOB} PRIVMSG bob :note",
        ":chat.test BATCH -1",
        "@label=L2 :chat.test PONG chat.test :x",
        ":chat.test PONG chat.test :y",
        ":chat.test PONG chat.test :z",
    ]


def test_an_answer_for_somebody_who_has_gone_is_dropped(net):
    bob = net.register("bob", f"{CAPS} draft/chathistory")
    net.slow = True
    bob.send("@label=L1 CHATHISTORY LATEST bob * 1", "PING x")
    net.disconnect(bob)
    net.answer()
    assert bob.received() == []


def test_where_a_part_cannot_be_stored_the_label_stands_on_the_rest_alone(net, bob):
    """The server MUST include the label in exactly one logical response."""
    carl = net.register("carl", f"{CAPS} echo-message")
    net.gather("#room", carl)
    net.broken = True
    assert carl.ask("@label=x PRIVMSG nobody,#room :hi") == [
        "@label=x :chat.test BATCH +b1 labeled-response",
        "@batch=b1 :chat.test 401 carl nobody :No such nick/channel",
        ":chat.test BATCH -b1",
        "FAIL PRIVMSG NOT_STORED #room :Not sent: the server cannot store messages at the moment",
    ]


def test_a_handler_that_fails_costs_its_client_one_answer_and_nobody_else_anything(net, bob, monkeypatch, caplog):
    """A bug in a handler costs a logged traceback."""

    def handler(ctx, msg):
        ctx.open_batch("example.com/x")
        raise RuntimeError("a bug")

    monkeypatch.setitem(commands.COMMANDS, "TEST", commands.Command("TEST", handler, 0, False))
    lines = bob.ask("TEST", "PING x")
    assert "a command of bob failed" in caplog.text
    caplog.clear()
    assert normal(lines) == [
        ":chat.test BATCH +1 example.com/x",
        ":chat.test BATCH -1",
        ":chat.test 400 bob :Something went wrong here; the command was not carried out",
        ":chat.test PONG chat.test :x",
    ]


def test_message_ids_are_words_that_never_repeat(net):
    """Message IDs MUST NOT start with a colon and MUST NOT contain any of SPACE, CR, LF."""
    bob = net.register("bob", "message-tags echo-message")
    bob.ask("JOIN #room")
    bob.send(*["PRIVMSG #room :x"] * 50)
    ids = [line.split(" ")[0].removeprefix("@msgid=") for line in bob.raw()]
    assert len(set(ids)) == 50
    assert all(word.isalnum() for word in ids)
    assert ids[0] == msgid_of(int(ids[0], 16))
