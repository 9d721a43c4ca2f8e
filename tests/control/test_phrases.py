"""What the sentences of commands have in common."""

from __future__ import annotations

import difflib

import pytest

from chatkit.control import phrases
from chatkit.control.phrases import MAX_COMPARED, like

THOUSANDS = [f"User{number}" for number in range(3000)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("usre1234", "User1234"), ("ser1234", "User1234"), ("#graden", "#Garden")],
)
def test_what_was_meant_is_found_among_thousands(typed, meant):
    assert meant in like(typed, [*THOUSANDS, "#Garden"])


def test_nothing_is_offered_that_is_like_nothing():
    assert like("mallory", THOUSANDS) == ""


def test_of_thousands_only_the_nearest_are_compared_for_everybody_waits(monkeypatch):
    compared = []

    def note(word, possibilities, n):
        compared.append(len(possibilities))
        return difflib_matches(word, possibilities, n)

    difflib_matches = difflib.get_close_matches
    monkeypatch.setattr(phrases.difflib, "get_close_matches", note)
    like("usre1234", THOUSANDS)
    assert compared == [MAX_COMPARED]
