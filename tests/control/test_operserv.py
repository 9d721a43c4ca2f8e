"""OperServ: IRC operators have the commands of those who run the place, as far as their class may."""

from __future__ import annotations

import pytest

from chatkit.control.table import TABLE
from chatkit.control.tables import MAX_LINES, lines_of
from chatkit.ircd.opers import OperClass
from chatkit.ircd.requests import Reloaded
from chatkit.proto.privileges import PRIVILEGES
from chatkit.store.records import AuditQuery, HistoryQuery
from tests.ircd.conftest import make_oper

HEAD = ":OperServ!OperServ@chat.test NOTICE ada :"


@pytest.fixture
def serving(net, host):
    """OperServ's lines are answered as the server does it."""
    net.run_line = host.run_line
    return host


@pytest.fixture
def ada(net, serving):
    client = net.register("ada")
    make_oper(client, OperClass("all", frozenset(PRIVILEGES)))
    return client


def said(client, line: str, by: str = "PRIVMSG OperServ :") -> list[str]:
    lines = client.ask(by + line)
    assert all(answer.startswith(HEAD) for answer in lines)
    return [answer.removeprefix(HEAD) for answer in lines]


def test_it_does_what_the_control_socket_does(net, host, ada):
    alice = net.register("alice")
    ada.raw()
    lines = ada.ask('PRIVMSG OperServ :announce "Tea is ready" --reason "It is four"')
    assert lines == [
        ":chat.test NOTICE ada :Tea is ready",
        f"{HEAD}Told 2 users (number 1)",
        f"{HEAD}It hits everyone",
    ]
    assert ":chat.test NOTICE alice :Tea is ready" in alice.received()
    (entry,) = host.ask(AuditQuery())
    assert (entry.who, entry.what, entry.reason) == ("oper ada", "announce", "It is four")


def test_reload_says_in_a_sentence_what_has_changed(serving, ada):
    serving.reloaded = Reloaded(("motd",), ("port",))
    what = "Read the settings again; changed: motd; these wait for a restart: port"
    assert said(ada, "reload")[-1:] == [f"{what} (number 1)"]


def test_lockdown_alone_says_how_it_is(ada):
    assert said(ada, "lockdown") == ["The server is open. The levels are open, nobody-new, accounts-only, read-only"]


def test_a_code_is_told_with_the_sentence(ada):
    sentence, id_, code = said(ada, "invite create")
    assert sentence.startswith("Made the invite code ")
    assert id_.split()[1] in sentence
    assert len(code.removeprefix("code: ")) == 16


@pytest.mark.parametrize("by", ["OPERSERV :", "OS :", "PRIVMSG operserv :"])
def test_it_can_be_reached_by_command_and_by_message(ada, by):
    assert said(ada, "motd Be kind", by) == ["Set the message of the day (number 1; undo 1 takes it back)"]


def test_who_is_no_operator_is_refused(net, serving, alice):
    assert alice.ask("PRIVMSG OperServ :stop") == [
        ":OperServ!OperServ@chat.test NOTICE alice :I serve IRC operators only. See /HELP OPER."
    ]
    assert not serving.stop_requested.is_set()


def test_a_class_may_what_its_privileges_say(net, serving):
    ada = net.register("ada")
    make_oper(ada, OperClass("look", frozenset({"look"})))
    assert said(ada, "motd hi") == ["Oper ada may not use motd: it needs the privilege announce."]
    assert all("motd" not in line for line in said(ada, "HELP"))
    assert said(ada, "HELP motd") == ["There is no motd, or you may not use it. Try HELP."]


def test_help_lists_and_explains(ada):
    lines = said(ada, "HELP")
    assert any(
        line.startswith("announce ") and line.endswith("Say something to everyone who is here, or in one room.")
        for line in lines
    )
    assert said(ada, "help token create")[0] == "Syntax: token create [OPTIONS] NAME"
    assert said(ada, "HELP token")[-1] == "For more of one of them: HELP <command>"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("fly", "No such command 'fly'."),
        ('motd "unclosed', "That cannot be read: no closing quotation"),
        ("undo seven", "Invalid value for 'ID': 'seven' is not a valid integer."),
        ("undo", "Missing argument 'ID'."),
        ("token", "Missing command."),
        ("stop --when now", "No such option"),
    ],
)
def test_what_cannot_be_meant_is_said(ada, line, answer):
    assert said(ada, line)[0].startswith(answer.rstrip("."))


@pytest.mark.parametrize(
    "line", ["backup /tmp/x", "restore /tmp/x", "doctor", "complete nick a", "account create x", "top"]
)
def test_what_needs_files_or_passwords_is_not_for_it(ada, line):
    assert said(ada, line)[0].startswith("No such command")


def test_a_change_that_hits_many_wants_a_yes(net, ada, serving):
    for number in range(4):
        net.register(f"user{number}")
    assert said(ada, "stop")[0].endswith("say --yes to go on.")
    assert not serving.stop_requested.is_set()


def test_a_dry_run_says_so(ada):
    assert said(ada, "announce hi --dry-run")[0] == "Nothing was done. It would say: Told 1 user"


def test_the_log_is_lines(net, ada):
    net.events.clear()
    assert said(ada, "log") == []
    assert said(ada, "log --follow")[0].startswith("No such option")


def test_tables_are_aligned_lines(ada):
    said(ada, "motd hi")
    lines = said(ada, "audit")
    assert lines[0].split() == ["ID", "WHEN", "WHO", "WHAT", "WHY", "UNDONE", "BY"]
    assert "oper ada" in lines[1]


def test_nothing_that_is_said_to_it_is_kept_or_echoed(net, ada):
    other = net.connect()
    other.raw()
    said(ada, "motd Be kind")
    assert net.store.answer(HistoryQuery("operserv", 10)) == []
    assert not any("motd" in str(event) for event in net.events)


def test_its_nick_is_nobodys(alice):
    assert " 433 " in alice.ask("NICK OperServ")[0]


def test_ctcp_to_it_comes_to_nothing(ada):
    assert said(ada, "\1VERSION\1") == []


def test_a_long_answer_is_cut_to_what_a_person_reads():
    rows = [{"id": n, "time": "", "who": "a", "said": "b", "reason": "", "undone_by": 0} for n in range(100)]
    lines = lines_of(TABLE["audit"], rows)
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == "… and 51 more lines"


def test_a_long_line_becomes_several(ada):
    said(ada, "motd hi --reason " + "x" * 300)
    assert all(len(HEAD + line) <= 510 for line in said(ada, "audit"))


def test_it_is_noted_as_over_the_control_socket(host, ada):
    host.run("announce", {"text": "Tea is ready", "reason": "It is four"})
    ada.send('PRIVMSG OperServ :announce Tea is ready --reason "It is four"')
    second, first = host.ask(AuditQuery())
    about = ("what", "params", "reason", "hits", "said", "undo", "undoes")
    assert [getattr(second, name) for name in about] == [getattr(first, name) for name in about]


def test_help_shows_no_option_that_makes_sense_at_a_terminal_or_in_a_program_alone(ada):
    lines = said(ada, "HELP log")
    assert any("--filter" in line for line in lines)
    assert not any("--follow" in line or "--after" in line for line in lines)
