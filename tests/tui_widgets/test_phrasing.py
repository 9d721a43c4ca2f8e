"""How lines read."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit.client.model import Line
from chatkit.tui_widgets.phrasing import phrase, phrase_text


def line(**fields: Any) -> Line:
    return Line(**{"id": 1, "kind": "message", "room": "#room", "nick": "Alice", "text": "Hi", "time_ms": 0, **fields})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "Alice: Hi"),
        ({"kind": "action", "text": "waves"}, "* Alice waves"),
        ({"kind": "notice"}, "Alice: Hi"),
        ({"kind": "notice", "nick": ""}, "Hi"),
        ({"kind": "join", "text": "Bob joined"}, "→ Bob joined"),
        ({"kind": "quit", "text": "Bob left"}, "← Bob left"),
        ({"kind": "topic", "text": "Bob set the topic: x"}, "· Bob set the topic: x"),
        ({"kind": "error", "text": "Not so.", "nick": ""}, "! Not so."),
        ({"state": "failed"}, "Alice: Hi  not sent: click or ^R sends it again"),
        ({"state": "failed", "reason": "too long"}, "Alice: Hi  not sent (too long): click or ^R sends it again"),
    ],
)
def test_lines_read_as_people_write(fields: dict[str, Any], text: str):
    assert phrase_text(line(**fields)) == text


def test_a_pending_line_has_the_words_of_a_sent_one_in_another_role():
    pending, sent = phrase(line(state="pending")), phrase(line())
    assert "".join(text for text, _ in pending) == "".join(text for text, _ in sent)
    assert {role for _, role in pending} == {"nick", "pending"}
