"""A running server deletes what it is not to keep, and brings its search index up to date, while people talk."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatkit.archive.history import History
from chatkit.store.records import SearchQuery
from tests.client.servers import Person, running_server

DEADLINE = 20.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server looks after its store twenty times a second instead of once a minute."""
    monkeypatch.setattr("chatkit.upkeep.LOOK_SECONDS", 0.05)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def texts(directory: Path) -> list[str]:
    with closing(History(directory)) as history:
        return [record.text for place in history.places(direct=False) for record in history.records(place)]


def test_the_newest_messages_are_kept_and_the_others_deleted(tmp_path: Path) -> None:
    with running_server(tmp_path, history__keep_messages=5) as address, Person("Alice", address) as alice:
        for number in range(40):
            alice.say(f"line {number}")
        wait_until(lambda: len(texts(tmp_path)) == 5)
        alice.say("after")
        wait_until(lambda: texts(tmp_path)[-1] == "after" and len(texts(tmp_path)) == 5)


def test_the_search_index_follows_without_being_asked(tmp_path: Path) -> None:
    with running_server(tmp_path) as address, Person("Alice", address) as alice:
        alice.say("needle")

        def is_found() -> bool:
            with closing(History(tmp_path)) as history:
                return bool(history.search(SearchQuery(("#lobby",), "", "needle")))

        wait_until(is_found)
