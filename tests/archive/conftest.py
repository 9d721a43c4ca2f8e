"""A data directory in which people have talked, and the command that reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from chatkit.cli import cli
from chatkit.store.database import Store
from chatkit.store.records import Record

NOON = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC, in microseconds since 1970
SECOND = 1_000_000


class Run(Protocol):
    """``chatkit history``."""

    def __call__(self, *arguments: str) -> Result: ...


class Talk:
    """Stores what people say, a second apart from noon on."""

    def __init__(self, directory: Path) -> None:
        self.store = Store(directory)
        self.seq = NOON

    def say(self, nick: str, text: str, room: str = "#lobby", command: str = "PRIVMSG", after: int = 1) -> int:
        """In a room, ``after`` seconds after the last message. Returns the message's seq."""
        self.seq += after * SECOND
        source, account = f"{nick}!~{nick}@host", nick.lower()
        self.store.append([Record(self.seq, room.lower(), command, source, account, room, text, account=account)])
        return self.seq

    def tell(self, nick: str, other: str, text: str) -> None:
        """To one person alone."""
        self.seq += SECOND
        keys = (nick.lower(), other.lower())
        target, source = " ".join(sorted(keys)), f"{nick}!~{nick}@host"
        self.store.append([Record(self.seq, target, "PRIVMSG", source, keys[0], other, text, correspondents=keys)])


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(tmp_path)
    yield talk
    talk.store.close()


@pytest.fixture
def history(tmp_path: Path) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["history", *arguments, "--data", str(tmp_path)], prog_name="chatkit")

    return run
