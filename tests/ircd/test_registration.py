"""Coming and going: PASS, NICK, USER, the welcome, PING, PONG, QUIT and silence.

Spec: https://modern.ircdocs.horse/#connection-messages
"""

import pytest

from chatkit.proto import names

WELCOME = ["001", "002", "003", "004", "005", "251", "252", "253", "254", "255", "265", "266", "422"]
WORD = "sesame"  # what opens the server


@pytest.mark.smoke
def test_nick_and_user_register_and_the_welcome_follows(net):
    alice = net.connect()
    alice.send("NICK Alice")
    assert alice.raw() == []
    alice.send("USER ally 0 * :Alice Liddell")
    lines = alice.received()
    assert list(dict.fromkeys(line.split(" ")[1] for line in lines)) == WELCOME
    assert lines[:4] == [
        ":chat.test 001 Alice :Welcome to the chat.test network, Alice!~ally@127.0.0.1",
        ":chat.test 002 Alice :Your host is chat.test, running version chatkit-0",
        ":chat.test 003 Alice :This server was started on 2027-01-15 08:00:00 UTC",
        ":chat.test 004 Alice chat.test chatkit-0 BRZiow CIMRUWabcefhiklmnoqstuv IWabefhkloqv",
    ]
    assert all(line.endswith(" :are supported by this server") for line in lines if " 005 " in line)


@pytest.mark.parametrize(
    "lines",
    [
        ("NICK bob", "USER bob 0 * :Bob"),
        ("USER bob 0 * :Bob", "NICK bob"),
        ("PASS sesame", "USER bob 0 * :Bob", "NICK bob"),
        ("PASS wrong", "PASS sesame", "NICK bob", "USER bob 0 * :Bob"),
        ("CAP LS 302", "PASS sesame", "NICK bob", "USER bob 0 * :Bob", "CAP END"),
    ],
)
def test_registration_takes_any_order_of_its_commands(make_net, lines):
    """Only the last one sent is used for verification."""
    net = make_net(password=WORD) if f"PASS {WORD}" in lines else make_net()
    bob = net.connect()
    bob.send(*lines)
    assert "001" in bob.commands()


@pytest.mark.parametrize("lines", [(), ("PASS wrong",), ("PASS :",), ("PASS sécret",)])
def test_a_wrong_password_is_told_and_ends_the_connection(make_net, lines):
    net = make_net(password=WORD)
    bob = net.connect()
    assert bob.ask(*lines, "NICK bob", "USER bob 0 * :Bob") == [
        ":chat.test 464 bob :Password incorrect",
        "ERROR :Closing link: 127.0.0.1 (Password incorrect)",
    ]
    assert bob.link.closed
    assert net.ircd.users == {}


def test_a_password_is_still_known_when_the_nick_turns_out_to_be_taken(make_net):
    net = make_net(password=WORD)
    first, second = net.connect(), net.connect()
    for client in (first, second):
        client.send(f"PASS {WORD}", "NICK bob")
    first.send("USER one 0 * :One")
    assert second.ask("USER two 0 * :Two") == [":chat.test 433 * bob :Nickname is already in use"]
    second.send("NICK rob")
    assert "001" in second.commands()


def test_a_password_may_not_be_changed_once_registered(net):
    assert net.register("bob").ask("PASS x") == [":chat.test 462 bob :You may not reregister"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NICK", "431 * :No nickname given"),
        ("NICK :", "431 * :No nickname given"),
        ("NICK 1bob", "432 * 1bob :Erroneous nickname"),
        ("NICK #bob", "432 * #bob :Erroneous nickname"),
        ("NICK :bob smith", "432 * bob :Erroneous nickname"),
        ("NICK alice", "433 * alice :Nickname is already in use"),
        ("NICK ALICE", "433 * ALICE :Nickname is already in use"),
        ("USER bob 0 *", "461 * USER :Not enough parameters"),
        ("USER", "461 * USER :Not enough parameters"),
        ("USER :", "461 * USER :Not enough parameters"),
        ("PASS", "461 * PASS :Not enough parameters"),
        ("PING", "461 * PING :Not enough parameters"),
        ("PING :", "409 * :No origin specified"),
        ("PING abc", "PONG chat.test :abc"),
        ("JOIN #room", "451 * :You have not registered"),
        ("PRIVMSG alice :hi", "451 * :You have not registered"),
        ("MOTD", "451 * :You have not registered"),
        ("NONSENSE", "451 * :You have not registered"),
    ],
)
def test_what_the_unregistered_are_answered(net, line, answer):
    net.register("alice")
    assert net.connect().ask(line) == [f":chat.test {answer}"]


def test_an_empty_user_name_is_refused_even_if_the_parameter_is_there(net):
    assert net.connect().ask("USER : 0 * x")[0].split(" ")[1] == "461"
    bob = net.connect()
    bob.send("NICK bob")
    assert bob.ask(":ignored USER  0 * :Bob") == [":chat.test 461 bob USER :Not enough parameters"]


def test_user_is_answered_once_only(net):
    bob = net.connect()
    bob.send("USER bob 0 * :Bob")
    assert bob.ask("USER rob 0 * :Rob") == [":chat.test 462 * :You may not reregister"]
    bob.send("NICK bob")
    assert bob.ask("USER rob 0 * :Rob") == [":chat.test 462 bob :You may not reregister"]


def test_a_user_name_is_marked_cleaned_and_cut(net):
    """The username MUST be silently truncated to the given length."""
    bob = net.connect()
    bob.send("NICK bob", "USER a!b@c*" + "x" * 40 + " 0 * :Bob")
    user = net.ircd.users["bob"]
    assert user.username == "~abc" + "x" * (names.USER_LEN - 4)
    assert user.source == f"bob!{user.username}@127.0.0.1"


@pytest.mark.parametrize("real", [":", ": "])
def test_an_empty_real_name_is_a_missing_one(net, real):
    assert net.connect().ask(f"USER bob 0 * {real}") == [":chat.test 461 * USER :Not enough parameters"]


def test_a_real_name_may_have_blanks_and_is_cut(net):
    bob, carol = net.connect(), net.connect()
    bob.send("NICK bob", "USER bob 0 * :Bob  the Builder")
    carol.send("NICK carol", "USER carol 0 * :" + "ü" * 200)
    assert net.ircd.users["bob"].real == "Bob  the Builder"
    assert net.ircd.users["carol"].real == "ü" * (names.REAL_LEN // 2)


@pytest.mark.parametrize("nick", ["chatkit", "ChatKit", "сhatkit", "NickServ", "chanserv"])  # the third in Cyrillic
def test_nobody_is_called_as_the_server_or_its_services(make_net, nick):
    """The source of a message is a server's name or a nick: nobody must be able to seem to be the server."""
    net = make_net(name="chatkit")
    bob = net.connect()
    assert bob.ask(f"NICK {nick}", "USER b 0 * :B") == [f":chatkit 433 * {nick} :Nickname belongs to the server"]
    bob.send("NICK bob")
    assert f":chatkit 433 bob {nick} :Nickname belongs to the server" in bob.ask(f"NICK {nick}")


def test_a_nick_of_another_script_is_prepared(net):
    """Full width letters are those of normal width: RFC 8265."""
    bob = net.connect()
    bob.send("NICK Ｂｏｂ", "USER b 0 * :B")
    assert bob.raw()[0].startswith(":chat.test 001 Bob :")


def test_of_two_who_want_one_nick_the_first_to_finish_gets_it(net):
    first, second = net.connect(), net.connect()
    first.send("NICK bob")
    second.send("NICK bob")
    first.send("USER one 0 * :One")
    assert "001" in first.commands()
    assert second.ask("USER two 0 * :Two") == [":chat.test 433 * bob :Nickname is already in use"]
    second.send("NICK rob")
    assert "001" in second.commands()


def test_a_nick_is_free_again_when_its_user_has_gone(net):
    net.register("bob").send("QUIT")
    assert net.register("Bob").session.user.nick == "Bob"


@pytest.mark.parametrize("nick", ["Zoë", "小明", "[a]{b}\\|^", "x" * names.NICK_LEN])
def test_nicks_of_any_script_are_welcome(net, nick):
    bob = net.connect()
    bob.send(f"NICK {nick}", "USER b 0 * :B")
    assert bob.raw()[0].startswith(f":chat.test 001 {nick} :")


def test_pong_answers_ping_with_its_token(net):
    bob = net.register("bob")
    assert bob.ask("PING :a b c") == [":chat.test PONG chat.test :a b c"]
    assert bob.ask("PING 1 2") == [":chat.test PONG chat.test :1"]
    assert bob.ask("PONG", "PONG x", "PONG chat.test :x") == []


@pytest.mark.smoke
def test_quit_is_acknowledged_and_told_to_those_who_share_a_room_once(net):
    """Servers SHOULD prepend <reason> with the ASCII string "Quit: "."""
    alice, bob, carol = net.register("alice"), net.register("bob"), net.register("carol")
    net.gather("#one", alice, bob)
    net.gather("#two", bob, alice)
    net.gather("#three", carol)
    assert bob.ask("QUIT :off to bed") == ["ERROR :Closing link: 127.0.0.1 (Quit: off to bed)"]
    assert bob.link.closed
    assert alice.received() == [":bob!~bob@127.0.0.1 QUIT :Quit: off to bed"]
    assert carol.received() == []


def test_quit_without_a_reason_is_marked_too(net):
    """This applies even if <reason> is empty, in which case the reason SHOULD be just this "Quit: " string."""
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", alice, bob)
    bob.send("QUIT", "PRIVMSG #room :never said")
    assert alice.received() == [":bob!~bob@127.0.0.1 QUIT :Quit: "]


def test_the_unregistered_may_quit(net):
    assert net.connect().ask("QUIT") == ["ERROR :Closing link: 127.0.0.1 (Quit: )"]


def test_a_lost_connection_is_told_as_what_it_was(net):
    """Servers MUST fill <reason> with a message reflecting the nature of the event."""
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", alice, bob)
    net.disconnect(bob, "Connection reset by peer")
    assert alice.received() == [":bob!~bob@127.0.0.1 QUIT :Connection reset by peer"]
    bob.send("PRIVMSG #room :from beyond")
    assert alice.received() == []


def test_the_silent_are_pinged_and_then_dropped(net):
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", alice, bob)
    net.move_clock(100)
    alice.ask("PING x")
    net.move_clock(21)
    assert bob.received() == ["PING :chat.test"]
    net.move_clock(60)
    assert bob.received() == []
    alice.ask("PING y")
    net.move_clock(60)
    assert bob.received() == ["ERROR :Closing link: 127.0.0.1 (Ping timeout: 240 seconds)"]
    assert alice.received() == [":bob!~bob@127.0.0.1 QUIT :Ping timeout: 240 seconds"]


@pytest.mark.parametrize("line", ["PONG :chat.test", "PRIVMSG nobody :hi", b"\xff"])
def test_anything_at_all_shows_that_a_client_is_there(net, line):
    bob = net.register("bob")
    for _ in range(3):
        net.move_clock(121)
        assert bob.received() == ["PING :chat.test"]
        bob.send(line)
        bob.raw()


def test_nobody_is_dropped_who_was_never_asked_because_the_server_stood_still(net):
    bob = net.register("bob")
    net.move_clock(10_000)
    assert bob.received() == ["PING :chat.test"]
    bob.send("PONG :chat.test")
    net.move_clock(1)
    assert bob.received() == []


def test_who_does_not_register_in_time_is_dropped(net):
    slow, quick = net.connect(), net.connect()
    slow.send("NICK slow")
    quick.send("NICK quick", "USER quick 0 * :Quick")
    quick.raw()
    net.move_clock(29)
    slow.send("PING x")  # being busy is not registering
    slow.raw()
    net.move_clock(2)
    assert slow.received() == ["ERROR :Closing link: 127.0.0.1 (Registration timed out)"]
    assert quick.received() == []


def test_when_the_server_stops_everyone_is_told_why_and_of_nobody_else(net):
    alice, bob, stranger = net.register("alice"), net.register("bob"), net.connect()
    net.gather("#room", alice, bob)
    net.ircd.close_all("Back soon", net.now)
    net.settle()
    for client in (alice, bob, stranger):
        assert client.received() == ["ERROR :Closing link: 127.0.0.1 (Back soon)"]
        assert client.link.closed
    net.ircd.users.clear()
    net.ircd.channels.clear()


def test_a_killed_user_and_its_room_are_told_by_whom_and_why(net):
    """Spec: https://modern.ircdocs.horse/#kill-message"""
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", alice, bob)
    net.ircd.kill(net.ircd.users["bob"], None, "spam", net.now)
    net.settle()
    assert bob.received() == [
        ":chat.test KILL bob :spam",
        ":bob!~bob@127.0.0.1 QUIT :Killed (chat.test (spam))",
        "ERROR :Closing link: 127.0.0.1 (Killed (chat.test (spam)))",
    ]
    assert alice.received() == [":bob!~bob@127.0.0.1 QUIT :Killed (chat.test (spam))"]
