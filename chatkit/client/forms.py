"""Questions to the user that any face can ask: as a dialog, as a card, or field after field in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

FieldKind = Literal["text", "password", "choice", "yesno", "area"]

YES, NO = "yes", "no"  # the values of a "yesno" field


class Field(msgspec.Struct, frozen=True):
    """One thing to fill in. ``value`` is what stands there at first."""

    key: str
    label: str
    value: str = ""
    kind: FieldKind = "text"
    choices: tuple[str, ...] = ()  # of "choice"
    optional: bool = False  # whether it may stay empty
    help: str = ""


class Form(msgspec.Struct, frozen=True):
    """A question. ``submit`` gets the fields' values by key; a Form that it returns is to be asked next.

    That is how a form says what is wrong: it comes back with the words in ``text``. ``cancel`` is called where the
    user will not answer. Nothing of a form blocks.
    """

    title: str
    text: str
    button: str  # the word on what submits it
    submit: Callable[[dict[str, str]], Form | None]
    fields: tuple[Field, ...] = ()
    cancel: Callable[[], None] | None = None
    of_typed: bool = False  # whether it only asks if a command is meant as typed: a script's is, and isn't asked about
    danger: bool = False  # whether the answer does harm: faces show it in red, and don't make it the default
    also: tuple[tuple[str, Callable[[], None]], ...] = ()  # further buttons: each ends the form
