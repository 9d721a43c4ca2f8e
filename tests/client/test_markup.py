"""Marks, code, links and mentions: what is typed, what goes over the wire, what is shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.client.markup import links, show, to_typed, to_wire
from chatkit.proto.formatting import plain
from chatkit.proto.styles import Style

NASTY = st.text(st.sampled_from("*_~`|>#@ ab\\\n:/.\x02\x03\x04\x0f\x11\x1b\x00\u202e\u200b09,é👍http"), max_size=80)
BIDI = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}

# What people write that is no mark.
CODE = [
    "int *p, *q;", "char **argv", "for (char *p = s; *p; p++) *q++ = *p;", "2*3*4", "5 * 4 * 3", "snake_case_name",
    "__init__ and _private", "ls *.py *.c", "rm *.o* *~", "f(*args, **kwargs)", "[*a, *b] {*a,*b}", "/*comment*/",
    "¯\\_(ツ)_/¯", "a || b || c", "if (x||y||z)", "*_*", "T_T ^_^ -_-", "echo ~/a ~/b", "HEAD~1 HEAD~2",
    "fe80::a:b:c", "std::on::x", "find . -name '*.py' -o -name '*.c'", "*p = *q", "s/\\*x/y/", "`", "``", "a*b*c",
    ">>> code", "->", "#include <a>", "12:30:45", "https://x.org/_a_/*b*?c=~d~", "C:\\new_folder\\*.*", "*", "**",
    "* * *", "_", "1_000_000", "x_ _y", "$FOO_BAR_BAZ", "a~b~c", "|| true", "~5 or ~6", "*.log", "(x*y)*(z*w)",
]  # fmt: skip


def styled(raw: str, **how: object) -> list[tuple[str, str]]:
    """Each piece with a style, and the names of the style's fields."""
    text, spans = show(raw, **{"markdown": True, **how})  # type: ignore[arg-type]  # the fields' types differ
    fields = Style.__struct_fields__
    return [(text[s.start : s.end], " ".join(f for f in fields if getattr(s.style, f))) for s in spans]


@pytest.mark.parametrize("text", CODE)
def test_code_and_addresses_survive(text: str) -> None:
    assert to_wire(text, formatting=True) == [text]
    assert show(text, markdown=True)[0] == text


@pytest.mark.parametrize(
    ("typed", "wire", "shown", "style"),
    [
        ("*bold* x", "\x02bold\x02 x", "bold x", [("bold", "bold")]),
        ("a _word_.", "a \x1dword\x1d.", "a word.", [("word", "italic")]),
        ("~no~!", "\x1eno\x1e!", "no!", [("no", "strike")]),
        ("||secret||", "\x0301,01secret\x0f", "secret", [("secret", "spoiler")]),
        ("*_both_*", "\x02\x1dboth\x02\x1d", "both", [("both", "bold italic")]),
        ("use `a*b*c` here", "use \x11`a*b*c`\x11 here", "use a*b*c here", [("a*b*c", "mono")]),
        ("*Note:* (*this*)", "\x02Note:\x02 (\x02this\x02)", "Note: (this)", [("Note:", "bold"), ("this", "bold")]),
        ("*🎉 party!*", "\x02🎉 party!\x02", "🎉 party!", [("🎉 party!", "bold")]),
        ("> he said", "> he said", "he said", [("he said", "quote")]),
        ("\\*not bold\\*", "*not bold*\x0f", "*not bold*", []),
        ("hi :thumbsup: `:tada:`", "hi 👍 \x11`:tada:`\x11", "hi 👍 :tada:", [(":tada:", "mono")]),
    ],
)
def test_marks_are_sent_as_codes_and_shown(typed: str, wire: str, shown: str, style: list[tuple[str, str]]) -> None:
    assert to_wire(typed, formatting=True) == [wire]
    assert show(wire, markdown=True)[0] == shown
    assert styled(wire) == style


@pytest.mark.parametrize(
    "typed", ["*bold* x", "a _word_.", "*_both_* and ~no~", "use `a*b*c`", "||secret||", "plain", "> quote *b*"]
)
def test_what_was_sent_can_be_edited_as_it_was_typed(typed: str) -> None:
    assert to_typed("\n".join(to_wire(typed, formatting=True))) == typed


def test_literal_marks_stay_literal_when_they_are_edited() -> None:
    (wire,) = to_wire("\\*not bold\\*", formatting=True)
    assert to_wire(to_typed(wire), formatting=True) == [wire]


def test_a_code_block_is_lines_of_monospace() -> None:
    typed = "look:\n```python\nif x:\n\n\ty = '*a*'\n```\nright?"
    wire = to_wire(typed, formatting=True)
    assert wire == ["look:", "\x11if x:\x11", "\x11 \x11", "\x11    y = '*a*'\x11", "right?"]
    text, spans = show("\n".join(wire), markdown=True)
    assert text == "look:\nif x:\n \n    y = '*a*'\nright?"
    assert [text[span.start : span.end] for span in spans if span.style.block] == ["if x:", " ", "    y = '*a*'"]
    assert to_typed("\n".join(wire)) == "look:\n```\nif x:\n\n    y = '*a*'\n```\nright?"


def test_fences_from_elsewhere_are_a_code_block() -> None:
    text, spans = show("see\n```c\nint *a, *b;\n```", markdown=True)
    assert text == "see\nint *a, *b;"
    assert [span.style.block for span in spans] == [True]
    assert show("```", markdown=True)[0] == "```"


@pytest.mark.parametrize("typed", ["*bold* `code`", "```\ncode\n```", "\\*x\\*", "\x02codes\x02"])
def test_a_room_without_formatting_gets_what_was_typed(typed: str) -> None:
    assert to_wire(typed, formatting=False) == typed.split("\n")


def test_who_wants_no_marks_sees_them_as_they_were_typed() -> None:
    assert show("*bold* `code` > x", markdown=False) == ("*bold* `code` > x", ())
    assert show("\x02bold\x02", markdown=False)[0] == "bold"
    assert styled("\x11`code`\x11", markdown=False) == [("`code`", "mono")]


def test_codes_of_the_line_say_alone_what_is_bold() -> None:
    assert styled("\x1d*stars*\x1d") == [("*stars*", "italic")]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x02Note\x02: *not* _these_ ~nor~ ||these||", [("Note", "bold")]),
        ("\x0303green\x03 *stars*", [("green", "fore")]),
        ("*stars*\x0f", []),  # as this client sends marks that are none
        ("\x02Note\x02: `code`", [("Note", "bold"), ("code", "mono")]),
        ("\x02Note\x02: https://x.org/*a*", [("Note", "bold"), ("https://x.org/*a", "link")]),
        ("> \x02quoted\x02", [("quoted", "bold quote")]),
        ("\x02Note\x02:\n```\n*p = x\n```", [("Note", "bold"), ("*p = x", "mono block")]),
        ("\x02one\x02\n*two*", [("one", "bold"), ("two", "bold")]),  # each line says by itself what it is written with
    ],
)
def test_a_line_with_codes_is_shown_by_them_and_code_is_code_all_the_same(
    raw: str, shown: list[tuple[str, str]]
) -> None:
    assert styled(raw) == shown


def test_empty_lines_stay_between_others_only() -> None:
    assert to_wire("\n\na\n\nb \n\n", formatting=True) == ["a", "", "b"]
    assert to_wire(" \n\t", formatting=True) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.b/c_d_e.", ["https://a.b/c_d_e"]),
        ("(http://x.org/a_(b)) and", ["http://x.org/a_(b)"]),
        ("<https://x.org>", ["https://x.org"]),
        ("*https://x.org/a*", ["https://x.org/a"]),
        ("irc://chat.example/#den ircs://x:1", ["irc://chat.example/#den", "ircs://x:1"]),
        ("HTTPS://X.ORG, too", ["HTTPS://X.ORG"]),
        ("javascript://x file:///etc/passwd ftp://x data://y xhttp://z", []),
        ("https:// and http://.", []),
        ("https://" + "x" * 3000, []),
    ],
)
def test_addresses_are_found_and_only_harmless_ones(text: str, found: list[str]) -> None:
    assert [link for _, _, link in links(text)] == found
    assert all(text[start:end] == link for start, end, link in links(text))


def test_what_is_opened_is_what_is_shown() -> None:
    text, spans = show("go to https://x.org/\u202egpj.exe", markdown=True)
    assert [(text[span.start : span.end], span.style.link) for span in spans] == [("https://x.org/gpj.exe",) * 2]


def test_people_and_rooms_are_mentioned() -> None:
    text, spans = show(
        "Bob: hi @al, bobby in #den (see #12), bob's al ALICE", markdown=True, nicks={"bob", "al"}, me="Alice"
    )
    assert [text[s.start : s.end] for s in spans if s.style.nick] == ["Bob", "@al", "bob", "ALICE"]
    assert [s.style.room for s in spans if s.style.room] == ["#den"]


def test_nobody_is_mentioned_in_code_or_in_an_address() -> None:
    assert styled("`Bob` https://x.org/Bob/#den", nicks={"bob"}) == [
        ("Bob", "mono"),
        ("https://x.org/Bob/#den", "link"),
    ]


@pytest.mark.smoke
@given(NASTY | st.text(), st.booleans())
def test_nothing_shown_controls_a_screen(raw: str, markdown: bool) -> None:
    text, spans = show(raw, markdown=markdown, nicks={"ab"}, me="b")
    assert not [char for char in text if unicodedata.category(char) in ("Cc", "Zl", "Zp") and char != "\n"]
    assert not BIDI & set(text)
    places = [place for span in spans for place in (span.start, span.end)]
    assert places == sorted(places)
    assert not places or (places[0] >= 0 and places[-1] <= len(text))


@given(st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1).map(str.strip).filter(bool))
def test_text_without_marks_is_sent_and_shown_as_it_is(text: str) -> None:
    assert to_wire(text, formatting=True) == [text]
    assert show(text, markdown=True)[0] == plain(text)


@given(NASTY)
def test_what_is_typed_makes_lines(text: str) -> None:
    for formatting in (True, False):
        assert not any("\n" in line or "\r" in line or "\0" in line for line in to_wire(text, formatting=formatting))
    to_typed(text)


def test_a_flood_of_marks_takes_no_time() -> None:
    for piece in ("*a ", "`a ``", "||a", "_a_ ", "[http://x", "> ", "@a #b", "\x02a\x03"):
        text, spans = show(piece * 20_000, markdown=True, nicks={"a"})
        assert len(spans) <= 200
        assert text
