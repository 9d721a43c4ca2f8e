"""What keeps keys from waiting: how soon is drawn, and that nothing drawn is left to the garbage collector."""

from __future__ import annotations

import gc

import pytest
from textual.strip import Strip

from chatkit.tui_widgets import garbage
from chatkit.tui_widgets.frames import LOOK
from chatkit.tui_widgets.garbage import Garbage
from tests.client.conversation import message
from tests.tui_widgets.harness import SMALL, room


async def test_a_screen_looks_often_whether_there_is_something_to_draw():
    async with room(SMALL) as shown:
        assert shown.app.screen._update_timer._interval == LOOK


async def test_what_was_drawn_is_freed_without_being_looked_for():
    async with room(SMALL, history=[message(number) for number in range(1, 400)]) as shown:
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            for _ in range(12):
                await shown.press("pageup")
            gc.collect()
            strips = [found for found in gc.garbage if isinstance(found, Strip)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
        assert not strips


class Collector:
    """Stands in for Python's, with as many new objects as a test says."""

    def __init__(self) -> None:
        self.new = 0
        self.looked: list[int | None] = []  # through which generation; None: all

    def get_count(self) -> tuple[int, int, int]:
        return self.new, 0, 0

    def collect(self, generation: int | None = None) -> None:
        self.looked.append(generation)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Collector:
    collector = Collector()
    monkeypatch.setattr(garbage, "gc", collector)
    return collector


def test_garbage_is_looked_for_once_the_user_pauses(collector):
    tidy = Garbage()
    collector.new = garbage.WORTH_IT + 1
    tidy.look(now=10.0, touched=9.5)
    assert collector.looked == []
    tidy.look(now=12.0, touched=9.5)
    assert collector.looked == [0]


def test_while_the_user_types_on_and_on_much_garbage_is_looked_for_all_the_same(collector):
    collector.new = garbage.AT_LAST + 1
    Garbage().look(now=10.0, touched=10.0)
    assert collector.looked == [0]


def test_everything_is_looked_through_in_long_pauses_and_seldom(collector):
    tidy = Garbage()
    tidy.look(now=1000.0, touched=1000.0 - garbage.LONG_PAUSE - 1)
    tidy.look(now=1001.0, touched=1000.0 - garbage.LONG_PAUSE - 1)
    assert collector.looked == [None]
    tidy.look(now=1001.0 + garbage.BETWEEN, touched=1000.0)
    assert collector.looked == [None, None]
