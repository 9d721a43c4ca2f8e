"""Questions that are asked in lines and answered in lines: forms field by field, and numbered lists to choose from."""

from __future__ import annotations

import contextlib
import sys
import termios
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

import msgspec

from chatkit.client.commands import is_command
from chatkit.client.forms import NO, YES, Field, Form

CANCEL = "/cancel"
_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no", ""})


class NotAnAnswer(Exception):
    """What was typed is not meant for the question, which is over."""


class Question(Protocol):
    """Something that the next lines answer."""

    @property
    def secret(self) -> bool:
        """Whether the next answer should not be seen."""

    def words(self) -> list[str]:
        """The question, to begin with."""

    def told(self) -> list[str]:
        """The same for those who can't answer."""

    def answer(self, line: str) -> list[str] | None:
        """Take an answer. Returns what to say to it where the question goes on, None where it is over.

        Raises NotAnAnswer.
        """

    def cancel(self) -> None:
        """There will be no answer."""


class FormQuestion:
    """A form, field after field. A form that comes back after the last is asked in its place."""

    def __init__(self, form: Form) -> None:
        self._begin(form)

    def _begin(self, form: Form) -> None:
        self._form = form
        self._values: dict[str, str] = {}

    @property
    def secret(self) -> bool:
        field = self._field()
        return field is not None and field.kind == "password"

    def words(self) -> list[str]:
        return [f"? {self._form.title} ({CANCEL} ends this)", *(f"? {line}" for line in self._text()), *self._next()]

    def told(self) -> list[str]:
        return [f"! {line}" for line in (self._form.title, *self._text())]

    def _text(self) -> list[str]:
        return [line for line in self._form.text.splitlines() if line.strip()]

    def answer(self, line: str) -> list[str] | None:
        field = self._field()
        if is_command(line) and not self.secret:
            return [f"! This first, or {CANCEL}", *self._next()]
        if field is None:
            return self._decide(line.strip().lower())
        value, problem = _read(field, line)
        if problem:
            return [f"! {problem}", _ask(field)]
        self._values[field.key] = value
        if self._field() is None and not self._must_confirm:
            return self._submit()
        return self._next()

    def cancel(self) -> None:
        if self._form.cancel is not None:
            self._form.cancel()

    def _field(self) -> Field | None:
        """The one to fill in now; None after the last."""
        return next((field for field in self._form.fields if field.key not in self._values), None)

    @property
    def _must_confirm(self) -> bool:
        """Whether filling in the last field isn't word enough."""
        return not self._form.fields or self._form.danger or bool(self._form.also)

    def _next(self) -> list[str]:
        field = self._field()
        if field is not None:
            return [_ask(field)]
        also = [f"{number} for “{title}”" for number, (title, _) in enumerate(self._form.also, 1)]
        return [f"? {self._form.button}: {', '.join(['yes or no', *also])}"]

    def _decide(self, word: str) -> list[str] | None:
        number = int(word) if word.isascii() and word.isdecimal() and len(word) < 3 else 0
        if 0 < number <= len(self._form.also):
            self._form.also[number - 1][1]()
            return None
        if word in _YES:
            return self._submit()
        if word in _NO:
            self.cancel()
            return None
        return self._next()

    def _submit(self) -> list[str] | None:
        following = self._form.submit(dict(self._values))
        if following is None:
            return None
        self._begin(following)
        return self.words()


def _ask(field: Field) -> str:
    hints = [field.help] if field.help else []
    if field.kind == "yesno":
        hints.append("yes or no")
    if field.choices:
        hints.append(f"one of {', '.join(field.choices)}")
    if field.optional and not field.value:
        hints.append("may stay empty")
    about = f" ({'; '.join(hints)})" if hints else ""
    value = f" [{field.value}]" if field.value and field.kind != "password" else ""
    return f"? {field.label}{about}{value}:"


def _read(field: Field, line: str) -> tuple[str, str]:
    """The value that ``line`` gives to ``field``, or what is wrong with it."""
    typed = line if field.kind == "password" else line.strip()
    value = typed or field.value
    if field.kind == "yesno":
        word = value.lower()
        return (YES if word in _YES else NO), "" if word in _YES | _NO else "Yes or no?"
    if field.kind == "choice" and value:
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 4 else 0
        value = field.choices[number - 1] if value not in field.choices and 0 < number <= len(field.choices) else value
        return value, "" if value in field.choices else f"It is one of {', '.join(field.choices)}."
    return value, "" if value or field.optional else "It can't stay empty."


class Offer(msgspec.Struct, frozen=True):
    """A row of a numbered list."""

    words: str
    take: Callable[[], None]


class OfferQuestion:
    """A list to choose from by number. Anything else ends it: it was meant for the room."""

    secret = False

    def __init__(self, title: str, offers: Sequence[Offer]) -> None:
        self._title = title
        self._offers = offers

    def words(self) -> list[str]:
        rows = [f"? {number} {offer.words}" for number, offer in enumerate(self._offers, 1)]
        return [f"? {self._title}: type a number, or go on talking", *rows]

    def told(self) -> list[str]:
        return [f"* {self._title}:", *(f"* {offer.words}" for offer in self._offers)]

    def answer(self, line: str) -> list[str] | None:
        number = int(line) if line.strip().isascii() and line.strip().isdecimal() and len(line) < 6 else 0
        if not 0 < number <= len(self._offers):
            raise NotAnAnswer
        self._offers[number - 1].take()
        return None

    def cancel(self) -> None:
        """Nothing was begun."""


class NameQuestion:
    """The server won't have the user's name."""

    secret = False

    def __init__(self, text: str, suggestion: str, choose: Callable[[str], None]) -> None:
        self._text = text
        self._suggestion = suggestion
        self._choose = choose

    def words(self) -> list[str]:
        return [f"* {self._text} Your name [{self._suggestion}]:"]

    def told(self) -> list[str]:
        return [f"* {self._text}"]

    def answer(self, line: str) -> list[str] | None:
        self._choose(line.strip() or self._suggestion)
        return None

    def cancel(self) -> None:
        self._choose(self._suggestion)


class Asker:
    """Asks one question after the other. Each method returns the lines to print."""

    def __init__(self) -> None:
        self._questions: deque[Question] = deque()  # the first is being asked

    @property
    def current(self) -> Question | None:
        """What the next line answers."""
        return self._questions[0] if self._questions else None

    @property
    def is_secret(self) -> bool:
        """Whether the next line should not be seen."""
        return bool(self._questions) and self._questions[0].secret

    def ask(self, question: Question) -> list[str]:
        """Ask it now, or after those that are being asked. A list that nobody has chosen from yet is over."""
        self._questions = deque(open_ for open_ in self._questions if not isinstance(open_, OfferQuestion))
        self._questions.append(question)
        return question.words() if len(self._questions) == 1 else []

    def answer(self, line: str) -> list[str]:
        """Give an answer. Raises NotAnAnswer."""
        question = self._questions[0]
        if line.strip().lower() == CANCEL:
            return self._over(question.cancel)
        try:
            said = question.answer(line)
        except NotAnAnswer:
            self._questions.popleft()
            raise
        return said if said is not None else self._over()

    def _over(self, last: Callable[[], None] = lambda: None) -> list[str]:
        self._questions.popleft()
        last()
        return self._questions[0].words() if self._questions else []


class Echo:
    """Whether what is typed at a terminal is seen. Where ``file`` is none, nothing can be done, and nothing is."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stdin
        self._hidden = False

    def hide(self, hidden: bool) -> None:
        """Hide it, or show it again."""
        if hidden == self._hidden:
            return
        self._hidden = hidden
        with contextlib.suppress(OSError, ValueError, termios.error):
            attributes = termios.tcgetattr(self._file)
            flags = attributes[3] & ~termios.ECHO
            attributes[3] = flags if hidden else flags | termios.ECHO
            termios.tcsetattr(self._file, termios.TCSADRAIN, attributes)
