"""Which passwords there may be."""

from __future__ import annotations

import pytest
from hypothesis import given

from chatkit.proto.passwords import MAX_BYTES, prepare
from tests.proto.strategies import ANY_TEXT


@pytest.mark.parametrize("password", [" ", "x", "correct horse", "a\\b:c,", "pässwörd", "🔑🔑", "x" * MAX_BYTES])
def test_a_good_password_stays_as_it_is(password):
    assert prepare(password) == password


@pytest.mark.parametrize(
    ("typed", "password"), [("e\u0301", "é"), ("a\u00a0b", "a b"), ("a\u3000b", "a b"), ("ＡＢＣ", "ＡＢＣ")]
)
def test_however_it_is_typed_it_is_the_same_password(typed, password):
    assert prepare(typed) == password


@pytest.mark.parametrize(
    "typed", ["", "a\0b", "a\nb", "a\tb", "\x7f", "a\u200bb", "a\u202eb", "a\ud800", "é" * 151, "x" * (MAX_BYTES + 1)]
)
def test_what_may_not_be_a_password(typed):
    assert prepare(typed) is None


@given(ANY_TEXT)
def test_what_was_prepared_stays_as_it_is(typed):
    password = prepare(typed)
    assert password is None or prepare(password) == password
