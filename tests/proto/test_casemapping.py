"""CASEMAPPING: https://modern.ircdocs.horse/#casemapping-parameter"""

from __future__ import annotations

import string

import pytest
from hypothesis import given

from chatkit.proto.casemapping import casefold, fold_of
from tests.proto.strategies import ANY_TEXT


@pytest.mark.smoke
@given(ANY_TEXT)
def test_folding_twice_is_folding_once(name):
    assert casefold(casefold(name)) == casefold(name)


@given(ANY_TEXT)
def test_only_ascii_letters_have_another_case(name):
    folded = casefold(name)
    assert len(folded) == len(name)
    for before, after in zip(name, folded, strict=True):
        assert after == (before.lower() if before in string.ascii_uppercase else before)


def test_the_punctuation_of_rfc_1459_is_not_folded():
    assert casefold("Nick[]\\~") == "nick[]\\~"
    assert casefold("ÀB") == "Àb"


@pytest.mark.parametrize(
    ("casemapping", "folded"),
    [
        ("ascii", "nick[]\\~^ {}|"),
        ("rfc1459", "nick{}|^^ {}|"),
        ("RFC1459", "nick{}|^^ {}|"),
        ("rfc1459-strict", "nick{}|~^ {}|"),
        ("rfc8265", "nick[]\\~^ {}|"),  # not known here
        ("", "nick[]\\~^ {}|"),
    ],
)
def test_a_network_says_what_else_is_folded(casemapping, folded):
    assert fold_of(casemapping)("Nick[]\\~^ {}|") == folded
