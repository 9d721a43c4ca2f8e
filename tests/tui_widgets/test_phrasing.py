"""How lines read."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit.client.model import Line
from chatkit.client.timeline import Row
from chatkit.proto.styles import Span, Style
from chatkit.tui_widgets.phrasing import phrase, phrase_text


def row(*, head: bool = True, **fields: Any) -> Row:
    values = {"id": 1, "kind": "message", "room": "#room", "nick": "Alice", "text": "Hi", "time_ms": 0, **fields}
    return Row("line", 1, lines=(Line(**values),), head=head)


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
        ({"edited": True}, "Alice: Hi (edited)"),
        ({"bot": True}, "Alice (bot): Hi"),
        ({"redacted": "Bob deleted this: spam", "text": ""}, "Alice: Bob deleted this: spam"),
        ({"head": False}, "Hi"),
        ({"state": "failed"}, "Alice: Hi  not sent: click or ^R sends it again"),
        ({"state": "failed", "reason": "too long"}, "Alice: Hi  not sent (too long): click or ^R sends it again"),
    ],
)
def test_lines_read_as_people_write(fields: dict[str, Any], text: str):
    assert phrase_text(row(**fields)) == text


def test_a_pending_line_has_the_words_of_a_sent_one_in_another_role():
    pending, sent = phrase(row(state="pending")), phrase(row())
    assert (pending.lead, pending.body) == (sent.lead, sent.body)
    assert (pending.role, sent.role) == ("pending", "text")


def test_a_fold_says_what_happened_in_it():
    assert phrase_text(Row("fold", 1, "Bob and Eve joined")) == "⋯ Bob and Eve joined"


def test_styles_of_an_action_follow_the_name_in_its_text():
    said = phrase(row(kind="action", text="waves", spans=(Span(0, 5, Style(bold=True)),)))
    assert [said.body[span.start : span.end] for span in said.spans] == ["waves"]
