"""Whatever is added while a round is under way, everybody gets all of it in its order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatkit.net.round import Round

STEPS = st.lists(st.one_of(st.integers(1, 9), st.just("add")), max_size=40)


@given(st.integers(1, 12), STEPS)
def test_everybody_gets_every_piece_in_its_order(count, steps):
    receivers = [f"r{number}" for number in range(count)]
    got, sent = dict.fromkeys(receivers, b""), b"0;"
    going = Round(receivers, sent)
    for number, step in enumerate(steps, 1):
        if step == "add":
            piece = b"%d;" % number
            sent += piece
            going.add(piece)
        elif going:
            some, data = going.take(int(step))
            assert 0 < len(some) <= int(step)
            for receiver in some:
                got[receiver] += data
            assert all(sent.startswith(text) for text in got.values())
    for some, data in going.take_all():
        for receiver in some:
            got[receiver] += data
    assert not going
    assert set(got.values()) == {sent}


def test_who_waits_longest_is_next_and_gets_both_pieces_at_once():
    going = Round("abcd", b"1")
    assert going.take(2) == ("ab", b"1")
    going.add(b"2")
    assert [(tuple(some), data) for some, data in going.take_all()] == [(("c", "d"), b"12"), (("a", "b"), b"2")]


def test_a_round_costs_no_more_pieces_than_receivers_however_often_it_is_added_to():
    going = Round(range(100), b"1")
    for _ in range(50):
        going.take(10)
        going.add(b"2")
    assert sum(len(some) for some, _ in going.take_all()) == 100
