"""The exported page: it holds up against hostile text, and says what was said."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.archive.styled import as_html
from tests.archive.conftest import Run, Talk

VOID = {"meta"}


class Elements(HTMLParser):
    """The elements of a page, their attributes, and its text; ``open`` are those that were not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href" and value and not value.startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(history: Run, *arguments: str) -> Elements:
    result = history("export", *(arguments or ("#lobby",)), "--format", "html")
    assert result.exit_code == 0
    return Elements(result.output)


HOSTILE = [
    "<script>alert(1)</script>",
    "</span></p></article></section></body><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    'http://x/"onmouseover="alert(1)',
    "http://x/'onmouseover='alert(1)",
    "https://x/<script>alert(1)</script>",
    "javascript:alert(1) data:text/html,x vbscript:x",
    "&lt;script&gt; &#60;script&#62;",
    "\x02<b>\x1d</b>\x0f</i>",
    "<!-- <![CDATA[ <?php {said.record} {0} %s",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(talk: Talk, history: Run, text: str) -> None:
    talk.say("Alice", "hello http://example.org/ \x02\x1d\x1f\x1e\x11x")
    harmless = page_of(history)
    talk.say("Eve", text)
    page = page_of(history)
    assert page.names == harmless.names
    assert page.attributes == harmless.attributes
    assert all(link.startswith(("http://", "https://")) for link in page.links)
    assert page.open == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_only_text(talk: Talk, history: Run, text: str) -> None:
    talk.say("Alice", "hello")
    harmless = page_of(history)
    name = text.replace(" ", "").replace("!", "").replace("@", "")
    talk.say(name, "hello", f"#{name}")
    page = page_of(history, f"#{name}")
    assert page.names == harmless.names
    assert page.attributes == harmless.attributes
    assert page.open == []


@given(st.text(st.sampled_from("<>&\"'ab \n\x02\x0f\x11\x1d\x1e\x1f\x03\x1b:/.()") | st.characters(codec="utf-8")))
def test_any_text_becomes_balanced_elements_without_control_characters(text: str) -> None:
    html = as_html(text)
    page = Elements(html)
    assert page.names <= {"a", "b", "i", "u", "s", "code"}
    assert page.open == []
    assert not any(ord(char) < 32 and char != "\n" for char in html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain & simple", "plain &amp; simple"),
        ("\x02bold \x1dboth\x02 italic\x0f none", "<b>bold </b><b><i>both</i></b><i> italic</i> none"),
        ("\x0304,01red\x03 \x04ff0000hex", "red hex"),
        ("\x11code\x11 \x1estruck\x1e \x1funder\x1f", "<code>code</code> <s>struck</s> <u>under</u>"),
        ("\x02two\nlines", "<b>two</b>\nlines"),
    ],
)
def test_styles_are_shown_and_colours_left_out(text: str, html: str) -> None:
    assert as_html(text) == html


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.org.", "https://example.org"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("<https://example.org/?a=1&b=2>", "https://example.org/?a=1&b=2"),
        ("HTTPS://EXAMPLE.ORG/, really", "HTTPS://EXAMPLE.ORG/"),
        ("https://example.org/!!!", "https://example.org/"),
        ("https://example.org/日本", "https://example.org/日本"),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text: str, link: str) -> None:
    assert Elements(as_html(text)).links == [link]
    assert Elements(as_html(text)).text == text


def test_the_page_needs_nothing_from_elsewhere(talk: Talk, history: Run) -> None:
    talk.say("Alice", "hello")
    output = history("export", "#lobby", "--format", "html").output
    assert "http" not in output.replace("http-equiv", "")
    assert "default-src 'none'" in output
    assert "url(" not in output
    assert "/*" not in output


def test_days_are_headings_and_messages_that_belong_together_stand_together(talk: Talk, history: Run) -> None:
    talk.say("Alice", "one")
    talk.say("Alice", "two", after=299)
    talk.say("Alice", "much later", after=300)
    talk.say("Bob", "me too")
    talk.say("Bob", "\x01ACTION nods\x01")
    talk.say("Bob", "next day", after=86400)
    page = history("export", "#lobby", "--format", "html").output
    assert page.count("<h3>") == 2
    assert "Sunday, 22 November 2026" in page
    assert [line.split('"')[1] for line in page.splitlines() if line.startswith("<article")] == [
        "message", "message more", "message", "message", "action", "message",
    ]  # fmt: skip
    assert "6 messages</footer>" in page


def test_several_rooms_are_sections_with_links_to_them(talk: Talk, history: Run) -> None:
    talk.say("Alice", "one", "#a")
    talk.say("Alice", "two", "#B")
    page = history("export", "--all", "--format", "html").output
    assert '<nav aria-label="Rooms"><a href="#p0">#a</a><a href="#p1">#B</a></nav>' in page
    assert page.count("<section ") == 2


def test_a_time_without_messages_says_so(talk: Talk, history: Run) -> None:
    talk.say("Alice", "one")
    page = history("export", "#lobby", "--format", "html", "--since", "2030-01-01").output
    assert "Nothing was said." in page
    assert "0 messages</footer>" in page
