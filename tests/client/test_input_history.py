"""What was typed before."""

from __future__ import annotations

from chatkit.client.input_history import MAX_INPUTS, InputHistory


def test_back_and_forward_again_to_the_draft():
    inputs = InputHistory()
    inputs.add("one")
    inputs.add("two")
    assert inputs.back("draft") == "two"
    assert inputs.back("two") == "one"
    assert inputs.back("one") is None
    assert inputs.forward("one") == "two"
    assert inputs.forward("two") == "draft"
    assert inputs.forward("draft") is None


def test_nothing_is_before_the_first_input():
    assert InputHistory().back("draft") is None


def test_the_same_twice_counts_once_and_only_so_many_are_kept():
    inputs = InputHistory()
    for number in range(MAX_INPUTS + 10):
        inputs.add(f"text {number}")
        inputs.add(f"text {number}")
    seen = []
    while (text := inputs.back("")) is not None:
        seen.append(text)
    assert len(seen) == MAX_INPUTS
    assert seen[0] == f"text {MAX_INPUTS + 9}"
