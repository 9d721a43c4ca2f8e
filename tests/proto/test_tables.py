"""The tables of the protocol are consistent in themselves."""

from __future__ import annotations

import pytest

from chatkit.proto import capabilities, numerics

NUMERICS = {name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}


@pytest.mark.smoke
def test_every_numeric_is_three_digits_and_has_one_name():
    assert all(len(value) == 3 and value.isascii() and value.isdigit() for value in NUMERICS.values())
    assert len(set(NUMERICS.values())) == len(NUMERICS)


def test_errors_are_400_to_599_and_the_sasl_and_monitor_ones_above():
    replies = [name for name, value in NUMERICS.items() if name.startswith("RPL_") and 400 <= int(value) < 600]
    errors = [name for name, value in NUMERICS.items() if name.startswith("ERR_") and int(value) < 400]
    assert (replies, errors) == ([], [])


@pytest.mark.smoke
def test_every_capability_has_a_name_and_a_bit_of_its_own():
    rows = capabilities.CAPABILITIES
    assert len({row.name for row in rows}) == len(capabilities.BY_NAME) == len(rows)
    assert len({row.bit for row in rows}) == len(rows)
    assert all(row.bit.bit_count() == 1 for row in rows)


def test_every_capability_names_its_specification():
    assert all(row.spec.startswith("https://") for row in capabilities.CAPABILITIES)


def test_the_wire_profile_is_made_of_capabilities():
    every = 0
    for row in capabilities.CAPABILITIES:
        every |= row.bit
    assert capabilities.PROFILE & every == capabilities.PROFILE
