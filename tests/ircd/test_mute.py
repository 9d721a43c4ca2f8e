"""Mutes of the whole server: who is muted says nothing anywhere, by no command."""

from __future__ import annotations

import pytest

from chatkit.ircd import enrolment, logins
from chatkit.ircd.context import Context
from chatkit.ircd.opers import OperClass
from tests.ircd.conftest import make_oper
from tests.ircd.order import lift, rule
from tests.ircd.people import begin, log_in, open_account, restart

WHY = "You are muted: spam"


@pytest.fixture
def muted(net, alice, bob):
    """Alice, who runs #room where bob is too."""
    net.gather("#room", alice, bob)
    rule(net, "nick", "alice", "mute")
    return alice


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PRIVMSG #room :hi", f"404 alice #room :{WHY}"),
        ("PRIVMSG @#room :hi", f"404 alice @#room :{WHY}"),
        ("PRIVMSG bob :hi", f"531 alice bob :{WHY}"),
        ("TOPIC #room :hi", f"404 alice #room :{WHY}"),
        ("RENAME #room #new :hi", f"404 alice #room :{WHY}"),
        ("NICK hi", f"531 alice hi :{WHY}"),
        ("SETNAME :hi", f"531 alice alice :{WHY}"),
        ("METADATA * SET url :hi", f"531 alice alice :{WHY}"),
        ("METADATA * CLEAR", f"531 alice alice :{WHY}"),
    ],
)
def test_who_is_muted_says_nothing_anywhere(muted, bob, line, answer):
    assert muted.ask(line) == [f":chat.test {answer}"]
    assert bob.received() == []


def test_who_is_muted_is_told_so_with_reason_and_end_and_when_it_is_over(net, alice, bob):
    mute = rule(net, "nick", "alice", "mute", reason="Cool down", lasts=60)
    assert alice.received() == [":chat.test NOTICE alice :You are muted: Cool down (until 2027-01-15 08:01 UTC)"]
    lift(net, mute)
    assert alice.received() == [":chat.test NOTICE alice :You are no longer muted"]
    rule(net, "nick", "alice", "mute", lasts=60)
    alice.raw()
    net.move_clock(61)
    assert alice.received() == [":chat.test NOTICE alice :You are no longer muted"]
    assert bob.received() == []


def test_of_two_mutes_the_second_is_told_when_it_is_the_one_that_holds(net, alice):
    rule(net, "nick", "alice", "mute")
    assert alice.received() == [f":chat.test NOTICE alice :{WHY}"]
    other = rule(net, "address", "127.0.0.1", "mute", reason="a flood")
    assert alice.received() == [":chat.test NOTICE alice :You are muted: a flood"]
    lift(net, other)
    assert alice.received() == [f":chat.test NOTICE alice :{WHY}"]


def test_a_notice_comes_to_nothing_and_is_not_answered(muted, bob):
    assert muted.ask("NOTICE #room :hi", "NOTICE bob :hi") == []
    assert bob.received() == []


def test_neither_reactions_nor_messages_of_several_lines_are_let_through(net, bob):
    client = net.register("carol", "message-tags batch draft/multiline")
    net.gather("#room", bob, client)
    rule(net, "nick", "carol", "mute")
    assert client.ask("@+draft/react=x TAGMSG #room") == [f":chat.test 404 carol #room :{WHY}"]
    batch = ["BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room a", "@batch=1 PRIVMSG #room b", "BATCH -1"]
    assert client.ask(*batch) == [f":chat.test 404 carol #room :{WHY}"]
    assert bob.received() == []


def test_who_is_muted_invites_and_knocks_at_nobody(net, muted, bob):
    carol = net.register("carol")
    assert muted.ask("INVITE carol #room") == [f":chat.test 531 alice carol :{WHY}"]
    assert carol.received() == []
    bob.send("JOIN #closed", "MODE #closed +i")
    assert muted.ask("KNOCK #closed") == [f":chat.test 404 alice #closed :{WHY}"]


def test_the_reasons_of_the_muted_are_dropped(net, muted, bob):
    muted.send("AWAY :bad words", "KICK #room bob :bad words")
    assert bob.received() == [":alice!~alice@127.0.0.1 KICK #room bob :alice"]
    assert net.ircd.users["alice"].away == "Away"
    muted.send("AWAY")
    assert net.ircd.users["alice"].away is None
    bob.send("JOIN #room")
    bob.raw()
    muted.send("PART #room :bad words")
    assert bob.received() == [":alice!~alice@127.0.0.1 PART #room"]
    muted.send("JOIN #room")
    bob.raw()
    muted.send("QUIT :bad words")
    assert "bad words" not in "".join(bob.received())


def test_services_are_always_heard(muted):
    assert muted.ask("PRIVMSG NickServ :HELP")[0].startswith(":NickServ!NickServ@chat.test NOTICE alice :")
    assert muted.ask("NS HELP")[0].startswith(":NickServ!NickServ@chat.test NOTICE alice :")


def test_who_is_muted_keeps_order_in_his_rooms_all_the_same(muted, bob):
    assert muted.ask("MODE #room +m") == [":alice!~alice@127.0.0.1 MODE #room +m"]
    assert bob.received() == [":alice!~alice@127.0.0.1 MODE #room +m"]


def test_a_mute_ends_when_it_is_lifted_or_over(net, alice, bob):
    net.gather("#room", alice, bob)
    first = rule(net, "nick", "alice", "mute")
    second = rule(net, "mask", "*!*@127.0.0.1", "mute", lasts=60)
    lift(net, first)
    until = f"{WHY} (until 2027-01-15 08:01 UTC)"
    assert alice.ask("PRIVMSG #room :hi") == [f":chat.test 404 alice #room :{until}"]
    net.move_clock(61)
    alice.raw()
    assert alice.ask("PRIVMSG #room :hi") == []
    assert bob.received()[-1].endswith("PRIVMSG #room :hi")
    assert second.id not in net.ircd.bans.by_id


@pytest.mark.parametrize(("kind", "text"), [("account", "ann"), ("mask", "ann!*@*"), ("address", "127.0.0.0/8")])
def test_a_mute_waits_for_those_whom_it_means(net, kind, text):
    account = open_account(net, "ann")
    rule(net, kind, text, "mute")
    restart(net, crash=True)
    ann = log_in(net, account)
    assert ann.ask("PRIVMSG ann :hi") == [f":chat.test 531 ann ann :{WHY}"]


def test_a_mute_of_an_account_is_not_shaken_off_by_logging_out(net, bob):
    ann = log_in(net, open_account(net, "ann"), nick="anna")
    ban = rule(net, "account", "ann", "mute")
    ann.send("NS LOGOUT")
    ann.raw()
    assert ann.ask("PRIVMSG bob :hi") == [f":chat.test 531 anna bob :{WHY}"]
    lift(net, ban)
    ann.send("PRIVMSG bob :hi")
    assert bob.received() == [":anna!~u@127.0.0.1 PRIVMSG bob :hi"]


@pytest.mark.parametrize("before", [True, False])
def test_a_mute_of_an_account_is_not_shaken_off_by_another_account(net, before):
    """Neither on the server, nor by logging in to both before coming in."""
    ann, ben = open_account(net, "ann"), open_account(net, "ben")
    rule(net, "account", "ann", "mute")
    client = begin(net, ann)
    context = Context(net.ircd, client.session, net.now)
    if before:
        logins.log_in(context, ben)
    client.send("NICK zoe", "USER u 0 * :x")
    if not before:
        logins.log_in(context, ben)
    assert net.ircd.users["zoe"].account is ben
    assert net.ircd.users["zoe"].muted == WHY


def test_a_mute_of_an_account_is_not_shaken_off_by_giving_the_account_up(net, bob):
    account = open_account(net, "ann")
    ann = log_in(net, account, nick="anna")
    rule(net, "account", "ann", "mute")
    enrolment.delete(net.ircd, account, False, net.now)
    net.settle()
    ann.raw()
    assert ann.ask("PRIVMSG bob :hi") == [f":chat.test 531 anna bob :{WHY}"]


def test_a_mute_of_an_account_holds_for_who_has_logged_out_before_it_was_made_too(net):
    ann = log_in(net, open_account(net, "ann"), nick="anna")
    ann.send("NS LOGOUT")
    rule(net, "account", "ann", "mute")
    assert net.ircd.users["anna"].muted == WHY


def test_it_ends_with_the_connection_but_not_for_the_account(net, bob):
    account = open_account(net, "ann")
    first = log_in(net, account, nick="anna")
    rule(net, "account", "ann", "mute")
    first.send("NS LOGOUT", "QUIT")
    net.register("anna")
    assert net.ircd.users["anna"].muted is None
    log_in(net, account, nick="other")
    assert net.ircd.users["other"].muted == WHY


def test_a_mute_of_a_device_goes_with_it(net):
    account = open_account(net, "ann")
    log_in(net, account)
    rule(net, "address", "198.51.100.7", "mute")
    second = begin(net, account, address="198.51.100.7")
    second.send("NICK ann", "USER u 0 * :x")
    assert net.ircd.users["ann"].muted == WHY
    second.send("QUIT")
    assert net.ircd.users["ann"].muted is None


def test_who_is_muted_by_his_nick_does_not_shake_it_off_by_regaining_another(net):
    ann = log_in(net, open_account(net, "ann"), nick="anna")
    rule(net, "nick", "anna", "mute")
    ann.raw()
    assert ann.ask("NS REGAIN") == [f":chat.test 531 anna ann :{WHY}"]


def test_operators_who_are_muted_tell_everybody_nothing(net, muted, bob):
    bob.send("MODE bob +w")
    bob.raw()
    make_oper(muted, OperClass("staff", frozenset({"wallops", "kill"})))
    bob.raw()
    assert muted.ask("WALLOPS :bad words") == [f":chat.test 531 alice alice :{WHY}"]
    assert bob.received() == []
    muted.send("KILL bob :bad words")
    assert "bad words" not in "".join(bob.received())


def test_a_mute_comes_with_a_device(net):
    account = open_account(net, "ann")
    log_in(net, account)
    rule(net, "address", "198.51.100.7", "mute")
    begin(net, account, address="198.51.100.7").send("NICK ann", "USER u 0 * :x")
    assert net.ircd.users["ann"].muted == WHY


def test_a_relay_is_not_a_way_round(net, bob):
    bridge = net.register("bridge", "draft/relaymsg")
    net.gather("#room", bob, bridge)
    make_oper(bridge, OperClass("bridges", frozenset({"relay"})))
    rule(net, "nick", "bridge", "mute")
    bridge.raw()
    assert bridge.ask("RELAYMSG #room a/b :hi") == [f":chat.test 404 bridge #room :{WHY}"]


def test_what_is_taken_back_goes_without_the_reason_of_the_muted(net):
    carol = net.register("carol", "draft/message-redaction message-tags echo-message")
    dave = net.register("dave", "draft/message-redaction message-tags")
    net.gather("#room", carol, dave)
    carol.send("PRIVMSG #room :hi")
    msgid = dave.raw()[0].partition("msgid=")[2].split()[0]
    rule(net, "nick", "carol", "mute")
    carol.send(f"REDACT #room {msgid} :bad words")
    assert dave.raw()[-1].endswith(f":carol!~carol@127.0.0.1 REDACT #room {msgid}")


def test_what_the_muted_say_before_they_are_registered_is_dropped(net):
    watcher = net.register("watcher", "away-notify draft/metadata-2 batch")
    watcher.send("JOIN #room", "METADATA * SUB url")
    rule(net, "address", "198.51.100.7", "mute")
    watcher.raw()
    muted = net.connect("198.51.100.7")
    muted.send("CAP REQ :draft/pre-away draft/metadata-2 batch", "METADATA * SET url :bad-words", "AWAY :bad words")
    muted.send("NICK carol", "USER carol 0 * :x", "CAP END", "JOIN #room")
    assert watcher.raw() == [":carol!~carol@198.51.100.7 JOIN #room", ":carol!~carol@198.51.100.7 AWAY :Away"]
    assert net.ircd.users["carol"].metadata == {}


def test_what_a_muted_device_says_before_it_joins_its_user_is_dropped(net, bob):
    account = open_account(net, "ann")
    first = log_in(net, account)
    rule(net, "address", "198.51.100.7", "mute")
    second = begin(net, account, "draft/pre-away", address="198.51.100.7")
    second.send("AWAY :bad words", "NICK ann", "USER u 0 * :x")
    first.send("AWAY *")
    assert net.ircd.users["ann"].away == "Away"


def test_chanserv_invites_nobody_for_the_muted(net, bob):
    ann = log_in(net, open_account(net, "ann"))
    ann.send("JOIN #bad-words", "CS REGISTER #bad-words")
    rule(net, "nick", "ann", "mute")
    ann.raw()
    assert ann.ask("CS INVITE #bad-words bob") == [f":chat.test 531 ann bob :{WHY}"]
    assert bob.received() == []
