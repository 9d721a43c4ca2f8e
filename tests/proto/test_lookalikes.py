"""Which names look alike."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.casemapping import casefold
from chatkit.proto.lookalikes import skeleton

LETTERS = st.text(st.characters(categories=["L", "M", "N"]))


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "pаypаl"),  # two Cyrillic letters
        ("paypal", "раураl"),  # all but one
        ("Bob", "Вob"),  # a Cyrillic capital
        ("bob", "bоb"),
        ("Ivan", "Іvan"),
        ("alice", "аlісе"),
        ("alice", "aӏice"),
        ("nick", "Νick"),  # a Greek capital
        ("Nike", "ΝΙΚΕ"),
        ("admin", "ɑdmin"),  # another Latin letter
        ("ivan", "ıvan"),
        ("ivan", "i\u0307van"),
        ("#lobby", "#lоbby"),
        ("#lobby", "#ｌｏｂｂｙ"),
    ],
)
def test_a_letter_of_another_script_stands_for_the_one_that_it_looks_like(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("one", "other"),
    [("Борис", "борис"), ("ВАСЯ", "вася"), ("Νίκος", "ΝΊΚΟΣ"), ("Ödön", "ödön"), ("Straße", "STRASSE"), ("Հայ", "հայ")],
)
def test_case_tells_no_two_names_apart(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("bob0", "bobo"), ("Alice", "A1ice"), ("AIice", "Alice"), ("corn", "com"), ("vv", "w"), ("a_b", "a-b"),
     ("Zoe", "Zoë"), ("vick", "nick"), ("小明", "小红"), ("Anna", "Änna"), ("Борис", "Борик"), ("#lobby", "lobby"),
     ("uno", "yno")],
)  # fmt: skip
def test_names_that_differ_visibly_do_not_collide(one, other):
    assert skeleton(one) != skeleton(other)


@given(st.text(st.characters(codec="ascii")), st.text(st.characters(codec="ascii")))
def test_ascii_names_look_alike_if_they_are_equal_but_for_case(one, other):
    assert (skeleton(one) == skeleton(other)) == (casefold(one) == casefold(other))
    assert skeleton(one.upper()) == skeleton(one.lower())


@given(LETTERS)
def test_whatever_the_case_of_whatever_letter_the_skeleton_is_the_same(name):
    assert skeleton(name.casefold()) == skeleton(name) == skeleton(casefold(name))


def test_every_character_has_a_skeleton():
    assert all(skeleton(chr(point)) for point in range(0x10000))


def test_ascii_names_load_no_table():
    code = (
        "import sys; from chatkit.proto import lookalikes, names; "
        "lookalikes.skeleton('bob'), names.prepare_nick('bob'), names.prepare_channel('#bob'); "
        "print({'precis_i18n', 'confusable_homoglyphs', 'scramp'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "set()\n"
