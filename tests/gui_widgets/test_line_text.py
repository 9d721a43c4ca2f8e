"""Rows as pieces of text with tags."""

from __future__ import annotations

import pytest

from chatkit.client.model import Line, Quote, Reaction
from chatkit.client.timeline import Row
from chatkit.gui_widgets.line_text import (
    INDENT,
    LINK,
    MAX_NAME,
    QUOTE,
    REACTION,
    RETRY,
    SPOILER,
    copied,
    height_of,
    pieces,
)
from chatkit.proto.styles import Span, Style


def line(text: str = "hi", **fields: object) -> Line:
    return Line(**{"id": 1, "kind": "message", "room": "#room", "nick": "Bob", "text": text, "time_ms": 0, **fields})  # type: ignore[arg-type]


def row(text: str = "hi", *, head: bool = True, lone: bool = False, **fields: object) -> Row:
    return Row("line", 1, lines=(line(text, **fields),), head=head, lone=lone)


def text_of(shown: Row) -> str:
    return "".join(text for text, _ in pieces(shown))


def tags_of(shown: Row, part: str) -> tuple[str, ...]:
    return next(tags for text, tags in pieces(shown) if part in text)


def styled(text: str, start: int, end: int, **style: object) -> Row:
    return row(text, spans=(Span(start, end, Style(**style)),))  # type: ignore[arg-type]


def test_a_line_reads_as_who_said_what():
    assert text_of(row())[5:] == "\tBob: \thi\n"
    assert text_of(row(kind="action"))[5:] == "\t* \tBob hi\n"


def test_who_goes_on_is_not_named_again():
    assert text_of(row(head=False)) == "\t\thi\n"
    assert "head" not in tags_of(row(head=False), "hi")


def test_a_program_is_said_to_be_one():
    assert "bot\N{NO-BREAK SPACE}Bob: " in text_of(row(bot=True))


def test_a_long_name_leaves_room_for_the_text():
    assert "x" * (MAX_NAME - 1) + "…:" in text_of(row(nick="x" * 60))


@pytest.mark.parametrize(
    ("style", "tag"),
    [
        ({"bold": True}, "font:b"),
        ({"bold": True, "italic": True, "mono": True}, "font:bim"),
        ({"underline": True}, "underline"),
        ({"strike": True}, "strike"),
        ({"mono": True}, "mono"),
        ({"fore": "#ff0000"}, "fore:#ff0000"),
        ({"back": "#ff0000"}, "back:#ff0000"),
        ({"fore": "#ff0000", "back": "#00ff00"}, "pair:#ff0000:#00ff00"),
        ({"fore": "#ff0000", "back": "#00ff00", "reverse": True}, "pair:#00ff00:#ff0000"),
        ({"reverse": True}, "reverse"),
        ({"link": "https://example.org"}, LINK),
        ({"room": "#other"}, LINK),
        ({"spoiler": True}, SPOILER),
    ],
)
def test_a_style_is_a_tag_on_its_part_of_the_text(style, tag):
    shown = styled("one two three", 4, 7, **style)
    assert tag in tags_of(shown, "two")
    assert tag not in tags_of(shown, "three")
    assert text_of(shown)[5:] == "\tBob: \tone two three\n"


def test_what_answers_the_mouse_says_which_span_it_is():
    shown = row("x y", spans=(Span(0, 1, Style(bold=True)), Span(2, 3, Style(link="https://b.example"))))
    assert "at:1" in tags_of(shown, "y")
    assert not any(tag.startswith("at:") for tag in tags_of(shown, "x"))


def test_lines_of_one_message_stand_below_each_other():
    shown = row("one\ntwo\n\nfour")
    assert text_of(shown)[5:] == "\tBob: \tone\ntwo\n\nfour\n"
    assert height_of(pieces(shown)) == 4
    assert "more" in tags_of(shown, "two")
    assert "more" not in tags_of(shown, "one")


def test_a_block_of_code_has_lines_of_its_own():
    shown = styled("def f():\n    pass", 0, 17, block=True)
    assert text_of(shown)[5:].replace(INDENT, "") == "\tBob: \t\ndef f():\n    pass\n"
    assert {"code", "more", "font:m"} <= set(tags_of(shown, "pass"))
    assert "code" in pieces(shown)[-1][1], "its ground goes to the end of the line"


def test_code_in_the_midst_of_a_message_does_not_colour_what_follows():
    shown = styled("look\nx = 1\nnice", 5, 10, block=True)
    assert "code" in tags_of(shown, "x = 1")
    assert "code" not in tags_of(shown, "nice")
    assert "code" not in tags_of(shown, "look")


def test_an_answer_shows_what_it_answers_above_it():
    shown = row(reply=Quote("m1", "Eve", "Lunch?", 7))
    assert text_of(shown).startswith("↪ Eve: Lunch?\n")
    assert QUOTE in tags_of(shown, "Lunch?")
    assert "an earlier message\n" in text_of(row(reply=Quote("m1")))


def test_reactions_stand_below_with_how_many_they_are():
    shown = row(reactions=(Reaction("👍", ("Eve", "Al"), mine=True), Reaction("🎉", ("Eve",))))
    assert text_of(shown).replace("\N{NO-BREAK SPACE}", " ").endswith("hi\n 👍 2   🎉 1  \n")
    assert {REACTION, "at:0", "own-reaction"} <= set(tags_of(shown, "👍"))
    assert "at:1" in tags_of(shown, "🎉")
    assert "own-reaction" not in tags_of(shown, "🎉")


def test_what_was_edited_or_deleted_says_so():
    assert "(edited)" in text_of(row(edited=True))
    gone = row("", redacted="Bob deleted this: spam")
    assert text_of(gone)[5:] == "\tBob: \tBob deleted this: spam\n"
    assert "quiet" in tags_of(gone, "spam")


def test_a_line_that_was_not_sent_offers_to_try_again():
    shown = row(mine=True, state="failed", reason="you can't send there")
    assert "not sent: you can't send there – click to retry" in text_of(shown)
    assert RETRY in tags_of(shown, "retry")


def test_a_lone_emoji_is_large_where_that_is_wanted():
    assert "large" in tags_of(row("👍", lone=True), "👍")
    assert not any("large" in tags for _, tags in pieces(row("👍", lone=True), large=False))


def test_own_lines_are_never_mentions():
    assert not any("mentioned" in tags for _, tags in pieces(row(mine=True, highlight=True)))
    assert all("mentioned" in tags for _, tags in pieces(row(highlight=True)))


def test_a_fold_is_one_quiet_line_that_can_be_opened():
    shown = Row("fold", 1, "Bob and Eve joined", (line("Bob joined", kind="join"), line("Eve joined", kind="join")))
    assert text_of(shown)[5:] == "\t▸ \tBob and Eve joined\n"
    assert {"quiet", "fold"} <= set(tags_of(shown, "Bob and Eve"))


@pytest.mark.parametrize("kind", ["day", "unread"])
def test_days_and_what_is_new_have_a_rule_and_words(kind):
    shown = Row(kind, 1, "Monday")
    assert text_of(shown) == "\n\nMonday\n"
    gap, rule, _ = pieces(shown)
    assert gap == ("\n", ("gap",))  # or the rule would touch the line above it
    assert f"rule-{kind}" in rule[1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Bob: hi"),
        ({"kind": "action"}, "* Bob hi"),
        ({"kind": "join"}, "hi"),
        ({"state": "failed", "reason": "you can't send there"}, "Bob: hi"),
        ({"redacted": "Bob deleted this"}, "Bob deleted this"),
    ],
)
def test_a_line_is_copied_as_it_reads(fields, words):
    assert copied(row("hi", **fields)).partition("] ")[2] == words


def test_times_are_those_of_the_clock_that_the_user_has():
    assert pieces(row(), hours24=False)[0][0].endswith(("am\t", "pm\t"))


def test_every_row_ends_with_a_line_break():
    for shown in (row(), row("a\nb"), row(reactions=(Reaction("x", ("Bob",)),)), row("", redacted="gone")):
        assert text_of(shown).endswith("\n")
