"""The signals that end a server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from chatkit.serving import Signals
from tests.sockets import DEADLINE

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers_stay() -> Iterator[None]:
    before = [signal.getsignal(number) for number in ENDING]
    yield
    for number, handler in zip(ENDING, before, strict=True):
        signal.signal(number, handler)


class Interrupted(threading.Event):
    """An event for which a wait is interrupted where that holds the event's lock, as any wait may be."""

    def wait(self, timeout: float | None = None) -> bool:
        with self._cond:
            signal.raise_signal(signal.SIGTERM)
        return super().wait(timeout)


def test_a_signal_just_as_the_server_begins_to_wait_for_one_ends_it():
    stop_requested = Interrupted()
    with Signals(stop_requested) as signals:
        assert stop_requested.wait(DEADLINE)
    assert signals.received == [signal.SIGTERM]


@pytest.mark.parametrize("number", ENDING)
def test_any_of_them_ends_it(number: int):
    stop_requested = threading.Event()
    with Signals(stop_requested) as signals:
        signal.raise_signal(number)
        assert stop_requested.wait(DEADLINE)
    assert signals.received == [number]


def test_a_hangup_that_was_to_be_ignored_is_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop_requested = threading.Event()
    with Signals(stop_requested) as signals:
        signal.raise_signal(signal.SIGHUP)
    assert not stop_requested.is_set()
    assert signals.received == []
