"""mIRC formatting, and what may reach a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.formatting import MAX_MARKS, named, plain, printable, strip

CODES = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"
NASTY = st.text(
    st.sampled_from(CODES + "0123456789,afAF\x00\x07\x1b[2J\x7f\x9b\r\n\t\u0301\u034f\u20dd\u200d\u202e\u2066\u061c é")
)
BIDI_CONTROLS = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


@pytest.mark.smoke
@given(st.text() | NASTY)
def test_plain_text_has_nothing_that_controls_a_screen(text):
    shown = plain(text)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Zl", "Zp")]
    assert not BIDI_CONTROLS & set(shown)


@given(st.text() | NASTY)
def test_plain_text_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)


@given(NASTY)
def test_stripped_text_has_no_codes(text):
    assert not set(CODES) & set(strip(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_untouched(text):
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x02bold\x02 and \x1ditalic\x0f", "bold and italic"),
        ("\x0304,12red\x03 rest", "red rest"),
        ("\x03041 left", "1 left"),
        ("\x034,x", ",x"),
        ("\x04ff0000,00ff00hex\x04 rest", "hex rest"),
        ("\x04ff00", "ff00"),
        ("tab\there", "tab here"),
        ("\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("👨\u200d👩\u200d👧 नमस्ते", "👨\u200d👩\u200d👧 नमस्ते"),
    ],
)
def test_codes_go_and_text_stays(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize("between", ["", "\u034f", "\u200d", "\u20dd"])
def test_marks_cannot_pile_up(between):
    tower = printable("e" + ("\u0301" + between) * 100 + "x")
    assert sum(unicodedata.category(char) in ("Mn", "Me") for char in tower) <= MAX_MARKS
    assert tower[0] == "e"
    assert tower[-1] == "x"


@pytest.mark.parametrize(
    "text", ["❤️ love", "1️⃣", "👨\u200d👩\u200d👧", "👩\u200d⚕️", "🏳️\u200d🌈", "می\u200cخواهم", "क्\u200dष", "⛹🏽\u200d♂️"]
)
def test_joiners_stay_where_an_emoji_or_a_script_needs_them(text):
    assert plain(text) == text


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u2060", "\u3164", "\ufe00", "\U000e0041", "\u200d", "\ufe0f"])
def test_what_takes_no_room_does_not_hide_between_letters(hidden):
    assert plain(f"a{hidden}b") == "ab"


@pytest.mark.parametrize(
    ("nick", "shown"),
    [
        ("Bob", "Bob"),
        ("Zoë", "Zoë"),
        ("\u200b", "‹U+200B›"),
        ("Bob\u200b", "Bob‹U+200B›"),
        ("B\u202eob", "B‹U+202E›ob"),
        ("\u2800", "‹U+2800›"),
        ("a\u3000b", "a‹U+3000›b"),
        ("\x1bBob", "‹U+001B›Bob"),
        ("\u200b" * 9, "‹U+200B›" * 4 + "…"),
    ],
)
def test_nobody_has_an_invisible_name_or_one_that_only_looks_like_anothers(nick, shown):
    assert named(nick) == shown


@given(st.text(min_size=1, max_size=30) | NASTY.filter(bool))
def test_a_name_is_always_seen_and_safe(nick):
    assert named(nick).strip()
    assert plain(named(nick)) == named(nick)
