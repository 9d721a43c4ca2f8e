"""REPORT: a word to those who run the server, and to nobody else."""

from __future__ import annotations

import pytest

from chatkit.ircd.opers import OperClass
from chatkit.ircd.reports import MAX_REPORTS
from tests.ircd.conftest import make_oper
from tests.ircd.order import close, rule
from tests.ircd.people import restart

ALICE = "alice!~alice@127.0.0.1"
LATER = "those who run the server, who will see it later"


@pytest.fixture
def ada(net):
    """An operator who gets reports."""
    client = net.register("ada")
    make_oper(client, OperClass("staff", frozenset({"reports"})))
    return client


def msgid_of(net, client, line: str) -> str:
    """The id of what ``client``, who sees it, is told when somebody says ``line``."""
    (said,) = [row for row in client.raw() if row.endswith(line)]
    return said.partition("msgid=")[2].partition(" ")[0].partition(";")[0]


def test_a_report_reaches_the_operators_and_nobody_else(net, ada, alice, bob):
    net.gather("#room", alice, bob)
    other = net.register("oper2")
    make_oper(other, OperClass("helpers", frozenset()))
    assert alice.ask("REPORT BOB :sends spam") == [
        ":chat.test NOTICE alice :Your report has reached 1 operator",
    ]
    assert ada.received() == [f":chat.test NOTICE ada :*** {ALICE} reports bob: sends spam"]
    assert bob.received() == other.received() == []
    restart(net, crash=True)
    assert [report.why for report in net.ircd.reports.values()] == ["sends spam"]


def test_without_an_operator_it_waits(net, alice, bob):
    assert alice.ask("REPORT bob :sends spam") == [f":chat.test NOTICE alice :Your report has reached {LATER}"]
    (report,) = net.ircd.reports.values()
    assert (report.who, report.target, report.why, report.msgid) == (ALICE, "bob", "sends spam", "")


def test_a_reporter_who_knows_standard_replies_gets_a_note(net, bob):
    carol = net.register("carol", "standard-replies")
    assert carol.ask("REPORT bob :x") == [f":chat.test NOTE REPORT REPORTED :Your report has reached {LATER}"]


def test_a_room_is_reported(net, ada, alice, bob):
    bob.send("JOIN #Room")
    alice.send("REPORT #room :what a place")
    assert ada.received() == [f":chat.test NOTICE ada :*** {ALICE} reports #Room: what a place"]
    bob.send("MODE #room +s")
    assert alice.ask("REPORT #room :x") == [":chat.test 403 alice #room :No such channel"]


def test_a_message_is_kept_with_the_report(net, ada, alice):
    bob = net.register("bob", "message-tags")
    net.gather("#room", alice, bob)
    bob.send("CAP REQ echo-message", "PRIVMSG #room :\x02bad\x02 words")
    msgid = msgid_of(net, bob, "words")
    alice.send(f"REPORT #room {msgid} :not nice")
    assert ada.received() == [
        f":chat.test NOTICE ada :*** {ALICE} reports #room: not nice",
        f":chat.test NOTICE ada :*** it is about what bob!~bob@127.0.0.1 said there ({msgid}): bad words",
    ]
    (report,) = net.ircd.reports.values()
    assert (report.said_by, report.said) == ("bob!~bob@127.0.0.1", "\x02bad\x02 words")


def test_only_what_the_reporter_may_read_is_reported(net, ada, alice):
    bob, carol = net.register("bob", "message-tags"), net.register("carol")
    net.gather("#room", bob, carol)
    net.gather("#other", alice)
    bob.send("CAP REQ echo-message", "PRIVMSG #room :secret", "PRIVMSG carol :private")
    in_room, direct = [row.partition("msgid=")[2].split(" ")[0].split(";")[0] for row in bob.raw()[-2:]]
    unknown = "This message does not exist or is too old"
    assert alice.ask(f"REPORT #other {in_room} :x") == [
        f":chat.test FAIL REPORT UNKNOWN_MSGID #other {in_room} :{unknown}"
    ]
    assert alice.ask(f"REPORT bob {direct} :x") == [f":chat.test FAIL REPORT UNKNOWN_MSGID bob {direct} :{unknown}"]
    assert alice.ask(f"REPORT #room {in_room} :x")[0].startswith(":chat.test FAIL REPORT INVALID_TARGET #room ")
    assert carol.ask(f"REPORT bob {direct} :x") == [":chat.test NOTICE carol :Your report has reached 1 operator"]
    assert ada.received()[1].endswith(": private")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("REPORT bob", "461 alice REPORT :Not enough parameters"),
        ("REPORT bob : ", "FAIL REPORT NEED_REASON bob :Say what is wrong there"),
        ("REPORT nobody :x", "401 alice nobody :No such nick/channel"),
        ("REPORT #nowhere :x", "403 alice #nowhere :No such channel"),
        ("REPORT #nowhere abc :x", "FAIL REPORT INVALID_TARGET #nowhere :You read nothing there"),
        ("REPORT bob a-b :x", "FAIL REPORT UNKNOWN_MSGID bob a-b :This message does not exist or is too old"),
    ],
)
def test_what_is_no_report_is_refused(net, alice, bob, line, answer):
    assert alice.ask(line) == [f":chat.test {answer}"]
    assert net.ircd.reports == {}


def test_a_message_that_cannot_be_looked_up_may_be_reported_later(net, alice):
    net.gather("#room", alice)
    net.broken = True
    text = "Messages could not be retrieved"
    assert alice.ask("REPORT #room abc :x") == [f":chat.test FAIL REPORT TEMPORARILY_UNAVAILABLE #room abc :{text}"]


def test_the_muted_report_and_in_a_lockdown_everyone_does(net, alice, bob):
    rule(net, "nick", "alice", "mute")
    close(net, "read-only")
    alice.raw()
    assert alice.ask("REPORT bob :x")[0].endswith(LATER)


def test_nobody_floods_the_operators(make_net):
    net = make_net(limits={"invites_per_minute": 2, "commands_per_second": 0})
    alice, _ = net.register("alice"), net.register("bob")
    assert all(alice.ask("REPORT bob :x")[0].endswith(LATER) for _ in range(2))
    assert alice.ask("REPORT bob :x") == [":chat.test 263 alice REPORT :That is too often: wait 30 seconds"]
    assert len(net.ircd.reports) == 2


def test_the_latest_reports_are_kept_over_a_restart(make_net):
    net = make_net(limits={"invites_per_minute": 1000, "commands_per_second": 0})
    alice, _ = net.register("alice"), net.register("bob")
    for number in range(MAX_REPORTS + 3):
        alice.send(f"REPORT bob :{number}")
    restart(net, crash=True)
    assert [report.why for report in net.ircd.reports.values()] == [str(n) for n in range(3, MAX_REPORTS + 3)]
