"""Who is typing, told and heard.

Spec: https://ircv3.net/specs/client-tags/typing
"""

from __future__ import annotations

import pytest

from chatkit.client.events import TypingChanged
from chatkit.client.options import Taste
from chatkit.client.typists import MAX_TYPISTS
from tests.client.conversation import Conversation, message


@pytest.fixture
def talk() -> Conversation:
    conversation = Conversation(taste=Taste(typing=True))
    conversation.register()
    conversation.enter()
    conversation.taken()
    return conversation


def types(talk: Conversation, text: str, name: str = "#room") -> list[str]:
    talk.core.typists.typed(talk.room(name), text)
    return talk.sent()


ACTIVE, PAUSED, DONE = (f"@+typing={state} TAGMSG #room" for state in ("active", "paused", "done"))


def test_typing_is_told_again_and_again_but_not_more_than_every_three_seconds(talk: Conversation) -> None:
    assert types(talk, "h") == [ACTIVE]
    talk.wait(1)
    assert types(talk, "hi") == []
    talk.wait(1.9)
    assert talk.sent() == []
    talk.wait(0.2)
    assert talk.sent() == [ACTIVE]


def test_who_stops_for_five_seconds_pauses_once(talk: Conversation) -> None:
    types(talk, "h")
    talk.wait(4.9)
    assert talk.sent() == []
    talk.wait(0.2)
    assert talk.sent() == [PAUSED]
    talk.wait(30)
    assert "TAGMSG" not in "".join(talk.sent())
    assert types(talk, "hi") == [ACTIVE]


def test_who_empties_the_field_is_done(talk: Conversation) -> None:
    types(talk, "h")
    talk.wait(4)
    assert types(talk, "") == [DONE]
    talk.wait(4)
    assert types(talk, "") == []


def test_done_waits_for_three_seconds_too(talk: Conversation) -> None:
    types(talk, "h")
    talk.wait(1)
    assert types(talk, "") == []
    talk.wait(2)
    assert talk.sent() == [DONE]


def test_who_sends_says_nothing_more(talk: Conversation) -> None:
    types(talk, "hi")
    talk.say("hi")
    types(talk, "")
    talk.wait(10)
    assert [line for line in talk.sent() if "TAGMSG" in line] == []


def test_commands_are_nobodys_business(talk: Conversation) -> None:
    assert types(talk, "/msg NickServ x") == []
    assert types(talk, "//shrug") == [ACTIVE]


def test_nothing_is_told_where_the_user_does_not_want_it() -> None:
    talk = Conversation()
    talk.register()
    talk.enter()
    assert types(talk, "h") == []


@pytest.mark.parametrize("isupport", ["CHANTYPES=# CLIENTTAGDENY=*", "CHANTYPES=# CLIENTTAGDENY=typing,draft/typing"])
def test_nothing_is_told_where_the_server_would_not_carry_it(isupport: str) -> None:
    talk = Conversation(taste=Taste(typing=True))
    talk.register(isupport=isupport)
    talk.enter()
    assert types(talk, "h") == []


def test_nothing_is_told_where_the_server_has_no_tags() -> None:
    """Spec: "Clients wishing to use this tag MUST negotiate the message-tags capability"."""
    talk = Conversation(taste=Taste(typing=True))
    talk.register("server-time echo-message batch")
    talk.enter()
    assert types(talk, "h") == []


def test_a_command_that_was_talk_before_ends_the_typing(talk: Conversation) -> None:
    assert types(talk, "me") == [ACTIVE]
    talk.wait(4)
    assert types(talk, "/me") == [DONE]
    talk.wait(10)
    assert types(talk, "/me waves") == []
    assert types(talk, "/me waves\nand more") == []


def test_the_client_wakes_for_what_is_due(talk: Conversation) -> None:
    types(talk, "h")
    assert talk.core.typists.deadline() == talk.now + 5
    talk.wait(1)
    types(talk, "hi")
    assert talk.core.typists.deadline() == talk.now + 2


# Heard.


def hears(talk: Conversation, state: str, nick: str = "Bob", target: str = "#room") -> tuple[str, ...]:
    talk.server(f"@+typing={state} :{nick}!u@h TAGMSG {target}")
    return talk.room("#room").typing


def test_somebody_types_for_six_seconds_after_the_last_notification(talk: Conversation) -> None:
    assert hears(talk, "active") == ("Bob",)
    assert any(isinstance(event, TypingChanged) for event in talk.taken())
    talk.wait(5.9)
    assert talk.room("#room").typing == ("Bob",)
    talk.wait(0.2)
    assert talk.room("#room").typing == ()
    assert any(isinstance(event, TypingChanged) for event in talk.taken())


def test_somebody_who_pauses_is_believed_for_thirty_seconds(talk: Conversation) -> None:
    hears(talk, "paused")
    talk.wait(29)
    assert talk.room("#room").typing == ("Bob",)
    talk.wait(2)
    assert talk.room("#room").typing == ()


@pytest.mark.parametrize(
    "line",
    [
        "@+typing=done :Bob!u@h TAGMSG #room",
        message(1),
        ":Bob!u@h PART #room",
        ":Bob!u@h QUIT :bye",
        ":Alice!u@h KICK #room Bob",
    ],
)
def test_somebody_types_no_more_after(talk: Conversation, line: str) -> None:
    hears(talk, "active")
    talk.server(line)
    assert talk.room("#room").typing == ()


def test_the_own_typing_on_another_device_and_strangers_are_not_shown(talk: Conversation) -> None:
    assert hears(talk, "active", "Alice") == ()
    assert hears(talk, "active", "Stranger") == ()
    assert hears(talk, "dancing") == ()


def test_only_so_many_are_shown(talk: Conversation) -> None:
    for number in range(50):
        talk.server(f":n{number}!u@h JOIN #room")
        hears(talk, "active", f"n{number}")
    assert len(talk.room("#room").typing) == MAX_TYPISTS


def test_nobody_types_after_the_connection_is_lost(talk: Conversation) -> None:
    hears(talk, "active")
    talk.lose()
    assert talk.room("#room").typing == ()
