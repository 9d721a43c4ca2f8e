"""Passwords that are typed are not seen again."""

from __future__ import annotations

import pytest

from chatkit.client.discretion import HIDDEN, may_be_recalled, shown
from chatkit.client.input_history import InputHistory
from tests.client.conversation import Conversation, view


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("REGISTER secret7", f"REGISTER {HIDDEN}"),
        ("register secret7 alice@example.org", f"register {HIDDEN}"),
        ("IDENTIFY Alice secret7", f"IDENTIFY {HIDDEN}"),
        ("SET PASSWORD secret7 secret8", f"SET PASSWORD {HIDDEN}"),
        ("GHOST Alice secret7", f"GHOST {HIDDEN}"),
        ("REGAIN Alice", "REGAIN Alice"),
        ("HELP REGISTER", "HELP REGISTER"),
        ("REGISTER", "REGISTER"),
    ],
)
def test_what_a_service_is_told_is_shown_without_the_password(text: str, seen: str) -> None:
    assert shown("NickServ", text) == seen
    assert shown("Bob", text) == text


@pytest.mark.parametrize(
    "typed",
    [
        "/msg NickServ REGISTER secret7",
        "/query nickserv identify Alice secret7",
        "IDENTIFY secret7",
        "/ns IDENTIFY Alice secret7",
        "/raw OPER alice secret7",
        "/quote NS IDENTIFY secret7",
    ],
)
def test_an_input_with_a_password_does_not_come_back(typed: str) -> None:
    assert not may_be_recalled(typed)
    inputs = InputHistory()
    inputs.add("before")
    inputs.add(typed)
    assert inputs.back("") == "before"


@pytest.mark.parametrize(
    "typed", ["/msg ChanServ REGISTER #room", "register", "/msg Bob Hi", "I pass on that", "/raw WHO Bob"]
)
def test_other_inputs_come_back(typed: str) -> None:
    assert may_be_recalled(typed)


def test_a_password_said_to_a_service_is_on_no_line(talk: Conversation) -> None:
    talk.core.say(talk.room("#room"), "/msg NickServ REGISTER secret7")
    talk.batch("NickServ", [])
    assert talk.sent()[-1] == "@label=1 PRIVMSG NickServ :REGISTER secret7"
    room = talk.room("NickServ")
    assert room.lines[-1].text == f"REGISTER {HIDDEN}"
    talk.server("@label=1 :Alice!c@here PRIVMSG NickServ :REGISTER secret7")
    assert [line.text for line in room.lines if line.is_talk] == [f"REGISTER {HIDDEN}"]
    assert not any("secret7" in line for line in view(talk.room("#room")))


@pytest.mark.parametrize(
    "typed", ["/login Alice secret7", "/identify Alice secret7", "/register Alice secret7 secret7"]
)
def test_a_password_behind_a_command_that_asks_for_it_does_not_come_back(typed: str) -> None:
    assert not may_be_recalled(typed)
    assert may_be_recalled(typed.split()[0])
