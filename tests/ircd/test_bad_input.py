"""Lines that are none: the right answer for whoever sent them, and nothing for anyone else."""

import pytest

UTF8 = "Message rejected: it is not valid UTF-8"
MALFORMED = "Message rejected: it holds a NUL or a line end"


@pytest.fixture
def bob(net):
    return net.register("bob", "message-tags")


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"PRIVMSG #room :caf\xe9", f"FAIL PRIVMSG INVALID_UTF8 :{UTF8}"),
        (b"privmsg #room :half \xe2\x82", f"FAIL PRIVMSG INVALID_UTF8 :{UTF8}"),
        (b"@+x=\xff PRIVMSG #room :hi", f"FAIL PRIVMSG INVALID_UTF8 :{UTF8}"),
        (b"\xff\xfe\x00", f"FAIL * INVALID_UTF8 :{UTF8}"),
        (b"@\xff", f"FAIL * INVALID_UTF8 :{UTF8}"),
        (b"\xed\xa0\x80 surrogate", f"FAIL * INVALID_UTF8 :{UTF8}"),
        (b"PRIVMSG #room :a\0b", f"FAIL * INVALID_MESSAGE :{MALFORMED}"),
        (b"PRIVMSG #room :a\rb", f"FAIL * INVALID_MESSAGE :{MALFORMED}"),
        (b"PRIVMSG #room :a\nQUIT", f"FAIL * INVALID_MESSAGE :{MALFORMED}"),
        (b":", "421 bob * :Unknown command"),
        (b":source", "421 bob * :Unknown command"),
        (b"@tag", "421 bob * :Unknown command"),
        (b"@tag :source", "421 bob * :Unknown command"),
        (b" :x", "421 bob * :Unknown command"),
        (b"A" * 511, "417 bob :Input line was too long"),
        (b"PING " + b"x" * 8000, "417 bob :Input line was too long"),
        (b"x" * 100_000, "417 bob :Input line was too long"),
        (b"@" + b"x" * 4095 + b" PING y", "417 bob :Input line was too long"),
        (b"@" + b"x" * 5000, "417 bob :Input line was too long"),
        (b"@x " + b"PING " + b"y" * 506, "417 bob :Input line was too long"),
    ],
)
def test_a_bad_line_gets_its_answer_and_the_next_is_heard(net, bob, line, answer):
    alice = net.register("alice")
    net.gather("#room", alice, bob)
    assert bob.ask(line, "PING ok") == [f":chat.test {answer}", ":chat.test PONG chat.test :ok"]
    assert alice.received() == []


@pytest.mark.parametrize("line", [b"", b" ", b"   "])
def test_a_blank_line_is_ignored(net, bob, line):
    """ "Servers and clients SHOULD ignore empty lines." """
    assert bob.ask(line) == net.connect().ask(line) == []


def test_the_unregistered_get_the_same(net):
    stranger = net.connect()
    assert stranger.ask(b"\xff", b"x" * 600, b":") == [
        f":chat.test FAIL * INVALID_UTF8 :{UTF8}",
        ":chat.test 417 * :Input line was too long",
        ":chat.test 421 * * :Unknown command",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "@" + "x" * 4094 + " PING ok",
        "@" + "x" * 4094 + "  :bob   PING    ok  ",
        ":forged!source@here PING ok",
        "ping ok",
        "PING :ok",
    ],
)
def test_what_the_specification_allows_is_heard(bob, line):
    """Clients MUST NOT send messages with tag data exceeding 4094 bytes."""
    assert bob.ask(line) == [":chat.test PONG chat.test :ok"]


def test_the_longest_line_is_heard_whole(net, bob):
    alice = net.register("alice")
    text = "x" * (510 - len("PRIVMSG alice :"))
    bob.send(f"PRIVMSG alice :{text}")
    (line,) = alice.raw()
    prefix = ":bob!~bob@127.0.0.1 PRIVMSG alice :"
    assert line == (prefix + text)[:510]


def test_a_source_from_a_client_is_not_believed(net, bob):
    alice = net.register("alice")
    bob.send(":alice!~alice@127.0.0.1 PRIVMSG alice :I am you")
    assert alice.received() == [":bob!~bob@127.0.0.1 PRIVMSG alice :I am you"]


def test_tags_that_are_not_the_clients_to_set_are_removed(net, bob):
    """Tags without the client-only prefix MUST be removed by the server before being relayed."""
    alice = net.register("alice", "message-tags server-time")
    bob.send("@time=1999-01-01T00:00:00.000Z;msgid=mine;account=root;+=x;+a/b=1;+c PRIVMSG alice :hi")
    assert alice.received() == ["@time=T;msgid=M;+a/b=1;+c :bob!~bob@127.0.0.1 PRIVMSG alice :hi"]


def test_client_tags_are_escaped_again_as_they_were(net, bob):
    alice = net.register("alice", "message-tags")
    bob.send(r"@+a=1\:2\s3\\4\r\n;+b=\b\;+b=last PRIVMSG alice :hi")
    assert alice.received() == [r"@msgid=M;+a=1\:2\s3\\4\r\n;+b=last :bob!~bob@127.0.0.1 PRIVMSG alice :hi"]


def test_no_parameter_comes_back_as_more_than_one(bob):
    """Whatever a client puts into a parameter, the numeric that quotes it has it in one place."""
    assert bob.ask("WHOIS :two words", "TOPIC ::colon", "NICK :", "MODE :#a b")[0:4] == [
        ":chat.test 401 bob two :No such nick/channel",
        ":chat.test 318 bob two :End of /WHOIS list",
        ":chat.test 403 bob colon :No such channel",
        ":chat.test 431 bob :No nickname given",
    ]
