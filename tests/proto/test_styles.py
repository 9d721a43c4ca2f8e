"""mIRC's codes and the styles that they mean."""

from __future__ import annotations

import itertools
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.formatting import plain
from chatkit.proto.styles import COLOURS, MAX_SPANS, Span, Style, joined, read, write

CODES = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"
WIRE = st.text(st.sampled_from(CODES + "0123456789,afé \u200b\u202e\u0301x\x1b\x00👍"), max_size=60)
FLAGS = ("bold", "italic", "underline", "strike", "mono", "reverse")
HEX = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
COLOUR = st.sampled_from(["", *COLOURS]) | HEX


@st.composite
def styles(draw: st.DrawFn) -> Style:
    fore = draw(COLOUR)
    back = draw(COLOUR if fore else st.sampled_from(["", *COLOURS]))  # a ground alone can only be one of mIRC's
    if fore and fore == back:
        fore = back = ""
    spoiler = not fore and not back and draw(st.booleans())
    return Style(**{flag: draw(st.booleans()) for flag in FLAGS}, fore=fore, back=back, spoiler=spoiler)


@st.composite
def styled(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    text = draw(st.text(st.sampled_from("abcF019,, é👍"), min_size=1, max_size=20))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [Span(start, end, draw(styles())) for start, end in itertools.pairwise(cuts)]
    return text, joined(spans)


@pytest.mark.smoke
@given(styled())
def test_what_is_written_is_read_again(text_and_spans: tuple[str, tuple[Span, ...]]) -> None:
    assert read(write(*text_and_spans)) == text_and_spans


@given(WIRE)
def test_what_is_read_is_the_plain_text_and_its_spans_are_in_order(text: str) -> None:
    shown, spans = read(text)
    assert shown == plain(text)
    assert not [char for char in shown if unicodedata.category(char) == "Cc"]
    places = [place for span in spans for place in (span.start, span.end)]
    assert places == sorted(places)
    assert all(0 <= span.start < span.end <= len(shown) for span in spans)


@pytest.mark.parametrize(
    ("wire", "text", "spans"),
    [
        ("\x02bold\x02 not", "bold not", [Span(0, 4, Style(bold=True))]),
        ("\x02\x1dboth\x0f", "both", [Span(0, 4, Style(bold=True, italic=True))]),
        ("\x0304red", "red", [Span(0, 3, Style(fore="#ff0000"))]),
        ("\x034,2x\x03y", "xy", [Span(0, 1, Style(fore="#ff0000", back="#00007f"))]),
        ("\x0304,02a\x0303b", "ab", [
            Span(0, 1, Style(fore="#ff0000", back="#00007f")), Span(1, 2, Style(fore="#009300", back="#00007f")),
        ]),
        ("\x04FF8800hex", "hex", [Span(0, 3, Style(fore="#ff8800"))]),
        ("\x0399usual", "usual", []),
        ("\x0301,01hidden\x03 seen", "hidden seen", [Span(0, 6, Style(spoiler=True))]),
        ("\x11code", "code", [Span(0, 4, Style(mono=True))]),
        ("a\u200b\x02b\u202ec", "abc", [Span(1, 3, Style(bold=True))]),
    ],
)  # fmt: skip
def test_codes_are_styles(wire: str, text: str, spans: list[Span]) -> None:
    assert read(wire) == (text, tuple(spans))


@pytest.mark.parametrize(
    ("text", "spans", "wire"),
    [
        ("bold not", [Span(0, 4, Style(bold=True))], "\x02bold\x02 not"),
        ("a5", [Span(0, 1, Style(fore="#ff0000"))], "\x0304a\x0f5"),
        (",5", [Span(0, 2, Style(fore="#ff0000"))], "\x0304\x02\x02,5\x0f"),
        ("x", [Span(0, 1, Style(back="#ff0001"))], "\x0399,04x\x0f"),
        ("#a", [Span(0, 2, Style(room="#a", link="http://x"))], "#a"),
        ("no", [Span(0, 2, Style(spoiler=True))], "\x0301,01no\x0f"),
    ],
)
def test_styles_are_codes(text: str, spans: list[Span], wire: str) -> None:
    assert write(text, spans) == wire


def test_a_flood_of_codes_makes_a_bounded_number_of_spans() -> None:
    text, spans = read("\x02a\x02b" * 5000)
    assert text == "ab" * 5000
    assert len(spans) == MAX_SPANS
    assert read("\x02" * 100_001 + "x") == ("x", ())


def test_the_palette_has_all_colours_of_the_specification() -> None:
    assert len(COLOURS) == 99
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in COLOURS)
