"""Colours of people, and of what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.client.hues import HUES, READABLE, contrast, hue_of, readable
from chatkit.proto.styles import COLOURS

DARK, LIGHT = bytes.fromhex("2a2d33"), bytes.fromhex("e4e7ec")


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_of_mirc_reads_on_dark_and_light(colour: str) -> None:
    assert contrast(bytes.fromhex(readable(colour, dark=True)[1:]), DARK) >= READABLE
    assert contrast(bytes.fromhex(readable(colour, dark=False)[1:]), LIGHT) >= READABLE


def test_a_colour_that_reads_stays_as_it_is() -> None:
    assert readable("#ffffff", dark=True) == "#ffffff"
    assert readable("#000000", dark=False) == "#000000"


def test_contrast_is_as_the_specification_has_it() -> None:
    assert contrast(b"\0\0\0", b"\xff\xff\xff") == pytest.approx(21)
    assert contrast(b"\x77\x77\x77", b"\xff\xff\xff") == pytest.approx(4.478, abs=0.001)


@given(st.text())
def test_everybody_has_a_hue_and_keeps_it_under_a_varied_name(nick: str) -> None:
    assert 0 <= hue_of(nick) < HUES
    assert hue_of(f"Bob{nick}x") == hue_of(f"Bob{nick}x_")
