"""How long the server takes to answer."""

from __future__ import annotations

from chatkit.client.events import LagChanged
from chatkit.client.lag import FIRST, LATE, OFTEN, SELDOM
from tests.client.conversation import Conversation


def asked(talk: Conversation) -> str:
    """What the client asks to measure it."""
    pings = [line for line in talk.sent() if line.startswith("PING lag-")]
    assert len(pings) == 1
    return pings[0].split()[1]


def measured(talk: Conversation, seconds: float) -> int | None:
    """Have one question answered after so many seconds."""
    token = asked(talk)
    talk.wait(seconds)
    talk.server(f":irc.test PONG irc.test {token}")
    return talk.core.chat.lag_ms


def test_the_time_to_the_answer_is_the_lag() -> None:
    talk = Conversation()
    talk.register()
    talk.wait(FIRST)
    assert measured(talk, 0.25) == 250
    assert LagChanged(talk.core.chat) in talk.taken()


def test_the_answer_counts_from_when_it_came_not_from_when_it_was_looked_at() -> None:
    talk = Conversation()
    talk.register()
    talk.wait(FIRST)
    token, came = asked(talk), talk.now + 0.003
    talk.wait(0.05)  # until the next drawing
    talk.core.receive(f":irc.test PONG irc.test {token}".encode(), came)
    assert talk.core.chat.lag_ms == 3


def test_it_is_told_only_where_it_is_notably_another() -> None:
    talk = Conversation()
    talk.register()
    talk.wait(FIRST)
    measured(talk, 0.25)
    talk.taken()
    talk.wait(OFTEN)
    assert measured(talk, 0.26) == 250
    assert not [event for event in talk.taken() if isinstance(event, LagChanged)]
    talk.wait(OFTEN)
    assert measured(talk, 0.5) == 500


def test_whoever_looks_elsewhere_is_told_more_rarely() -> None:
    talk = Conversation()
    talk.register()
    talk.core.watch(watched=False)
    talk.wait(FIRST)
    measured(talk, 0.1)
    talk.wait(OFTEN)
    assert not [line for line in talk.sent() if "lag-" in line]
    talk.server("PING :hello")
    talk.wait(SELDOM - OFTEN)
    assert asked(talk)


def test_an_answer_that_does_not_come_is_a_lag_that_grows() -> None:
    talk = Conversation()
    talk.register()
    talk.wait(FIRST)
    asked(talk)
    talk.wait(LATE)
    assert talk.core.chat.lag_ms == 5000
    talk.wait(LATE)
    assert talk.core.chat.lag_ms == 10_000


def test_without_a_connection_there_is_none() -> None:
    talk = Conversation()
    talk.register()
    talk.wait(FIRST)
    measured(talk, 0.25)
    talk.lose()
    assert talk.core.chat.lag_ms is None


def test_a_program_without_a_screen_does_not_ask() -> None:
    talk = Conversation(quiet=True)
    talk.register()
    talk.wait(FIRST + OFTEN - 1)
    assert talk.sent() == []
