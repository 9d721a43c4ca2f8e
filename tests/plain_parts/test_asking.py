"""Questions in lines: forms field by field, lists to choose from by number."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Callable, Iterator
from typing import TextIO

import pytest

from chatkit.client.forms import Field, Form
from chatkit.plain_parts.asking import CANCEL, Asker, Echo, FormQuestion, NotAnAnswer, Offer, OfferQuestion

NAME = Field("name", "Your name", "Al", help="one word")
SECRET = Field("secret", "Password", kind="password")
KEEP = Field("keep", "Keep it", "yes", "yesno")
SIZE = Field("size", "Size", "", "choice", ("small", "large"))
NOTE = Field("note", "Note", optional=True)


class Filled:
    """A form that a test answers, and what came of it."""

    def __init__(self, *fields: Field, again: int = 0, **options: object) -> None:
        self.submitted: list[dict[str, str]] = []
        self.cancelled = 0
        self.also = 0
        self._again = again
        self.form = Form(
            "Title", "First.\n\nSecond.", "Do it", self._submit, fields, self._cancel, **options  # type: ignore[arg-type]
        )  # fmt: skip

    def _submit(self, values: dict[str, str]) -> Form | None:
        self.submitted.append(values)
        return self.form if len(self.submitted) <= self._again else None

    def _cancel(self) -> None:
        self.cancelled += 1

    def count(self) -> None:
        self.also += 1


def asked(filled: Filled, *answers: str) -> tuple[Asker, list[str]]:
    """An asker that asks the form, and what it said to the last of these answers."""
    asker = Asker()
    said = asker.ask(FormQuestion(filled.form))
    for answer in answers:
        said = asker.answer(answer)
    return asker, said


def test_a_form_is_asked_field_by_field() -> None:
    filled = Filled(NAME, SIZE, NOTE)
    asker, said = asked(filled)
    assert said == ["? Title (/cancel ends this)", "? First.", "? Second.", "? Your name (one word) [Al]:"]
    assert asker.answer("Bob") == ["? Size (one of small, large):"]
    assert asker.answer("2") == ["? Note (may stay empty):"]
    assert asker.answer("") == []
    assert asker.current is None
    assert filled.submitted == [{"name": "Bob", "size": "large", "note": ""}]


def test_an_empty_answer_takes_what_is_there() -> None:
    filled = Filled(NAME, KEEP)
    asked(filled, "", "")
    assert filled.submitted == [{"name": "Al", "keep": "yes"}]


@pytest.mark.parametrize(
    ("field", "answer", "said"),
    [
        (SIZE, "", "! It can't stay empty."),
        (SIZE, "huge", "! It is one of small, large."),
        (SIZE, "3", "! It is one of small, large."),
        (KEEP, "perhaps", "! Yes or no?"),
        (SECRET, "", "! It can't stay empty."),
    ],
)
def test_an_answer_that_will_not_do_is_asked_for_again(field: Field, answer: str, said: str) -> None:
    filled = Filled(field)
    asker, lines = asked(filled, answer)
    assert lines[0] == said
    assert lines[1].startswith(f"? {field.label}")
    assert asker.current is not None
    assert filled.submitted == []


def test_a_password_is_secret_and_taken_as_it_is() -> None:
    filled = Filled(NAME, SECRET)
    asker, _ = asked(filled)
    assert not asker.is_secret
    asker.answer("Al")
    assert asker.is_secret
    asker.answer("  /quit it ")
    assert not asker.is_secret
    assert filled.submitted == [{"name": "Al", "secret": "  /quit it "}]


def test_a_form_that_comes_back_is_asked_again() -> None:
    filled = Filled(NAME, again=1)
    asker, said = asked(filled, "Bob")
    assert said[0] == "? Title (/cancel ends this)"
    asker.answer("Eve")
    assert [values["name"] for values in filled.submitted] == ["Bob", "Eve"]
    assert asker.current is None


@pytest.mark.parametrize(
    ("answer", "submitted", "cancelled"), [("yes", 1, 0), ("Y", 1, 0), ("no", 0, 1), ("", 0, 1), ("maybe", 0, 0)]
)
def test_a_form_without_fields_is_a_question_with_yes_and_no(answer: str, submitted: int, cancelled: int) -> None:
    filled = Filled()
    asker, said = asked(filled)
    assert said[-1] == "? Do it: yes or no"
    asker.answer(answer)
    assert (len(filled.submitted), filled.cancelled) == (submitted, cancelled)
    assert (asker.current is None) == bool(submitted or cancelled)


def test_what_does_harm_is_asked_about_once_more() -> None:
    filled = Filled(NOTE, danger=True)
    _, said = asked(filled, "spam")
    assert said == ["? Do it: yes or no"]
    assert filled.submitted == []


def test_further_buttons_are_numbers() -> None:
    filled = Filled()
    also: tuple[tuple[str, Callable[[], None]], ...] = (("Something else", filled.count),)
    filled.form = Form("Title", "", "Do it", filled.form.submit, also=also)
    asker, said = asked(filled)
    assert said[-1] == "? Do it: yes or no, 1 for “Something else”"
    asker.answer("1")
    assert (filled.also, len(filled.submitted)) == (1, 0)


def test_a_form_can_be_cancelled_at_any_field() -> None:
    filled = Filled(NAME, SECRET)
    asker, _ = asked(filled, "Al", CANCEL)
    assert (filled.cancelled, filled.submitted) == (1, [])
    assert asker.current is None


def test_a_command_is_no_answer_by_mistake() -> None:
    filled = Filled(NAME)
    _, said = asked(filled, "/join #den")
    assert said == ["! This first, or /cancel", "? Your name (one word) [Al]:"]


def test_one_question_comes_after_the_other() -> None:
    first, second = Filled(NAME), Filled(KEEP)
    asker, _ = asked(first)
    assert asker.ask(FormQuestion(second.form)) == []
    assert asker.answer("Bob")[-1] == "? Keep it (yes or no) [yes]:"
    asker.answer("no")
    assert second.submitted == [{"keep": "no"}]


def test_a_list_is_chosen_from_by_number() -> None:
    taken: list[str] = []
    asker = Asker()
    offers = [Offer("one", lambda: taken.append("one")), Offer("two", lambda: taken.append("two"))]
    assert asker.ask(OfferQuestion("Which", offers)) == [
        "? Which: type a number, or go on talking",
        "? 1 one",
        "? 2 two",
    ]
    assert asker.answer("2") == []
    assert taken == ["two"]


def test_a_second_list_takes_the_place_of_the_first() -> None:
    taken: list[str] = []
    asker = Asker()
    asker.ask(OfferQuestion("Which", [Offer("old", lambda: taken.append("old"))]))
    assert asker.ask(OfferQuestion("Which", [Offer("new", lambda: taken.append("new"))]))[-1] == "? 1 new"
    asker.answer("1")
    assert taken == ["new"]
    assert asker.current is None


def test_a_list_waits_for_the_form_before_it() -> None:
    asker, _ = asked(Filled(NAME))
    assert asker.ask(OfferQuestion("Which", [Offer("one", list)])) == []
    assert asker.answer("Bob")[-1] == "? 1 one"


@pytest.mark.parametrize("line", ["hello", "3", "0", "/join #den", "²", "1" * 30])
def test_what_is_no_number_of_the_list_was_meant_for_the_room(line: str) -> None:
    asker = Asker()
    asker.ask(OfferQuestion("Which", [Offer("one", lambda: pytest.fail("taken"))]))
    with pytest.raises(NotAnAnswer):
        asker.answer(line)
    assert asker.current is None


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A terminal, from its program's side."""
    keyboard, screen = pty.openpty()
    with os.fdopen(screen) as file:
        yield file
    os.close(keyboard)


def test_what_is_typed_into_a_password_is_not_seen(terminal: TextIO) -> None:
    def is_seen() -> bool:
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    echo = Echo(terminal)
    assert is_seen()
    echo.hide(True)
    assert not is_seen()
    echo.hide(False)
    assert is_seen()


def test_where_there_is_no_terminal_nothing_has_to_be_hidden() -> None:
    with open(os.devnull) as file:
        Echo(file).hide(True)
