"""Mode strings: https://modern.ircdocs.horse/#mode-message"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto import modes
from chatkit.proto.modes import CHANNEL_MODES, ModeChange, format_changes, parse_changes
from tests.proto.strategies import ANY_TEXT, MIDDLE


def takes_arg(letter: str, adding: bool) -> bool:
    kind = CHANNEL_MODES[letter]
    return kind in (modes.LIST, modes.ALWAYS, modes.MEMBER) or (kind == modes.WHEN_SET and adding)


@st.composite
def changes(draw):
    adding, letter = draw(st.booleans()), draw(st.sampled_from(sorted(CHANNEL_MODES)))
    return ModeChange(adding, letter, draw(MIDDLE) if takes_arg(letter, adding) else None)


@pytest.mark.smoke
@given(st.lists(changes()))
def test_changes_read_back(wanted):
    assert parse_changes(format_changes(wanted)) == (wanted, [])


@given(st.lists(ANY_TEXT))
def test_any_parameters_are_changes_and_unknown_letters(params):
    found, unknown = parse_changes(params)
    letters = [char for char in "".join(params[:1]) if char not in "+-"]
    assert sorted([change.letter for change in found] + unknown) == sorted(letters)


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        (["+ov-k", "alice", "bob", "key"], [(True, "o", "alice"), (True, "v", "bob"), (False, "k", "key")]),
        (["nt"], [(True, "n", None), (True, "t", None)]),
        (["-l+l", "5"], [(False, "l", None), (True, "l", "5")]),
        (["b"], [(True, "b", None)]),
        (["+-+-i"], [(False, "i", None)]),
        ([], []),
    ],
)
def test_letters_take_their_arguments_in_turn(params, wanted):
    assert parse_changes(params) == ([ModeChange(*change) for change in wanted], [])


def test_an_unknown_letter_is_named_and_takes_no_argument():
    assert parse_changes(["+oXv", "alice", "bob"]) == (
        [ModeChange(True, "o", "alice"), ModeChange(True, "v", "bob")],
        ["X"],
    )


def test_signs_are_written_where_they_change():
    shown = format_changes([ModeChange(True, "o", "a"), ModeChange(True, "n"), ModeChange(False, "k", "x")])
    assert shown == ["+on-k", "a", "x"]


def test_the_isupport_tokens_say_what_the_table_says():
    listed = dict(
        zip((modes.LIST, modes.ALWAYS, modes.WHEN_SET, modes.FLAG), modes.chanmodes_token().split(","), strict=True)
    )
    told = {letter: kind for kind, letters in listed.items() for letter in letters}
    members = dict.fromkeys(modes.PREFIXES, modes.MEMBER)
    assert told | members == CHANNEL_MODES
    letters, _, prefixes = modes.prefix_token()[1:].partition(")")
    assert dict(zip(letters, prefixes, strict=True)) == modes.PREFIXES


@given(st.text(sorted(modes.PREFIXES), max_size=5), st.lists(st.tuples(st.booleans(), st.sampled_from("qaohv"))))
def test_letters_stay_sorted_and_each_is_there_once(letters, steps):
    letters = "".join(sorted(set(letters)))
    for adding, letter in steps:
        letters = modes.with_letter(letters, ModeChange(adding, letter))
        assert letters == "".join(sorted(set(letters)))
        assert (letter in letters) is adding


def test_nobody_acts_on_a_higher_one_and_everybody_on_a_lower():
    ranks = range(len(modes.PREFIXES) + 1)
    for rank in ranks:
        assert [other for other in ranks if other != rank and modes.may_act_on(rank, other)] == list(range(rank))
    assert [letter for letter, rank in modes.RANKS.items() if modes.may_act_on(rank, rank)] == ["o", "q"]
    assert not modes.may_act_on(0, 0)


def test_it_takes_some_rank_to_set_every_mode():
    assert {letter: rank for letter in CHANNEL_MODES if (rank := modes.rank_to_set(letter)) < modes.RANKS["h"]} == {}
    assert [letter for letter in "qaohv" if modes.rank_to_set(letter) > modes.RANKS["o"]] == ["q", "a"]
