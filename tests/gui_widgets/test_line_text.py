"""Lines as pieces of text with tags."""

from __future__ import annotations

import pytest

from chatkit.client.model import Line
from chatkit.gui_widgets.line_text import LINK, pieces, plain_text


def line(text: str, **fields: object) -> Line:
    return Line(**{"id": 1, "kind": "message", "room": "#room", "nick": "Bob", "text": text, "time_ms": 0, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org.", ["https://example.org"]),
        ("(http://a.example/x?y=1&z=2), and HTTPS://B.EXAMPLE/!", ["http://a.example/x?y=1&z=2", "HTTPS://B.EXAMPLE/"]),
        ("<https://c.example/d>", ["https://c.example/d"]),
        ("javascript:alert(1) file:///etc/passwd ftp://x", []),
        ("http:// https://...", []),
    ],
)
def test_only_web_addresses_are_links(text, links):
    assert [piece for piece, tags in pieces(line(text)) if LINK in tags] == links


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "Bob: hi"),
        ({"kind": "action"}, "* Bob hi"),
        ({"kind": "join"}, "→ hi"),
        ({"state": "failed", "reason": "you can't send there"}, "Bob: hi"),
    ],
)
def test_a_line_is_copied_as_it_reads(fields, shown):
    assert plain_text(line("hi", **fields)).partition("] ")[2] == shown


def test_pieces_are_one_row():
    assert "".join(text for text, _ in pieces(line("hi"))).endswith("\tBob: hi\n")
    assert "".join(text for text, _ in pieces(line("hi"))).count("\n") == 1


def test_own_lines_are_never_mentions():
    assert not any("mentioned" in tags for _, tags in pieces(line("hi", mine=True, highlight=True)))
    assert all("mentioned" in tags for _, tags in pieces(line("hi", highlight=True)))
