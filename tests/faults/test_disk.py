"""A disk that is full, and a database that is damaged: nothing that was shown is lost, and nothing is made up."""

from __future__ import annotations

import contextlib
import random
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatkit.ircd.ailing import WELL
from chatkit.ircd.quiet import AILING
from chatkit.store.database import Store
from tests.faults.judge import CAPS, FAITHFUL, Message, history, judge, message_in, stored_in
from tests.faults.machine import limit, small_disk
from tests.faults.people import ANSWERS, CALM, Bystander
from tests.faults.scope import note, size
from tests.processes import ServerProcess
from tests.sockets import RawClient
from tests.store.entries import said

FILLINGS = size(1, 20)  # times that the disk is full
DAMAGES = size(1, 25)  # of each kind
MESSAGES = 2000
LATER = "later"
PAGE = 4096


class Disk:
    """A disk that can be filled to the last byte, and have room again."""

    def __init__(self, data: Path, is_small: bool) -> None:
        self._filler = data / "filler"
        self._is_small = is_small

    def fill(self, server: ServerProcess) -> None:
        if not self._is_small:
            limit(server, resource.RLIMIT_FSIZE, 2000)  # bytes: a few messages in the journal, and nothing of SQLite's
            return
        with self._filler.open("wb", buffering=0) as file:
            for piece in (1 << 16, 512, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(piece))

    def make_room(self, server: ServerProcess) -> None:
        if self._is_small:
            self._filler.unlink()
        else:
            limit(server, resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)


@pytest.fixture(params=["small disk", "limited files"])
def disk(request, data: Path) -> Iterator[Disk]:
    """ENOSPC, where one may mount; and EFBIG, which everybody can have."""
    with contextlib.ExitStack() as stack:
        is_small = request.param == "small disk" and stack.enter_context(small_disk(data, "4M"))
        data.mkdir(exist_ok=True)
        yield Disk(data, is_small)


@pytest.mark.timeout(120 + 30 * FILLINGS)
def test_a_full_disk_is_told_loses_nothing_that_was_shown_and_is_over_by_itself(start, data, disk):
    server = start()
    with Bystander(server.port) as bystander:
        for _ in range(FILLINGS):
            bystander.notices.clear()
            disk.fill(server)
            bystander.is_told(AILING)
            bystander.goes_nowhere()
            disk.make_room(server)
            bystander.is_told(WELL)
            bystander.goes_on()
            assert [notice for notice in bystander.notices if notice in (AILING, WELL)] == [AILING, WELL]
    server.kill()  # while it is read-only or not: the journal has all of it
    with contextlib.suppress(FileNotFoundError):
        (data / "filler").unlink()
    start().stop()
    stored = stored_in(data, CALM)
    verdict = judge([bystander.seen], stored)
    note("full disk", injected=FILLINGS, seen=len(bystander.seen), refused=bystander.refused, **verdict._asdict())
    assert verdict == FAITHFUL
    assert len(stored) == len(bystander.seen), "what was refused is not in history either"


# Damage.


def garbage(path: Path) -> None:
    """A page that somebody else has written to."""
    place = random.randrange(path.stat().st_size // PAGE) * PAGE  # noqa: S311  # any page will do
    with path.open("r+b") as file:
        file.seek(place)
        file.write(random.randbytes(PAGE))  # noqa: S311  # any garbage will do


def truncated(path: Path) -> None:
    """The end has never been written."""
    with path.open("r+b") as file:
        file.truncate(random.randrange(PAGE, path.stat().st_size))  # noqa: S311  # any length will do


def zeros(path: Path) -> None:
    """Some pages were allocated, and never written."""
    first = random.randrange(path.stat().st_size // PAGE)  # noqa: S311  # any pages will do
    with path.open("r+b") as file:
        file.seek(first * PAGE)
        file.write(bytes(4 * PAGE))


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A data directory with some history."""
    directory = tmp_path_factory.mktemp("filled")
    store = Store(directory)
    for first in range(1, MESSAGES, 50):
        store.append([said(seq, CALM, f"{seq} {'x' * 100}") for seq in range(first, first + 50)])
    store.close()
    return directory


@pytest.mark.timeout(60 + 30 * DAMAGES)
@pytest.mark.parametrize("was_killed", [True, False], ids=["killed", "stopped"])
@pytest.mark.parametrize("damage", [garbage, truncated, zeros])
def test_a_damaged_database_is_recovered_as_far_as_it_is_whole_and_said_to_be(
    start, data, filled, damage: Callable[[Path], None], was_killed: bool
):
    before = stored_in(filled)
    least = len(before)
    for _ in range(DAMAGES):
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(filled, data)
        damage(data / "chatkit.db")
        if was_killed:
            (data / "running").touch()
        said_later = talk_until_it_is_well(start)
        if not was_killed:  # nobody may have looked at what is damaged: a start that checks all of it does
            (data / "running").touch()
            start().stop()
        after = stored_in(data)
        kept = [message for message in after if message.text != LATER]
        assert judge([kept], before) == FAITHFUL, "what is recovered was there"
        assert said_later in after, "what is said from then on is kept"
        least = min(least, len(kept))
    note(f"damaged database: {damage.__name__}, {was_killed=}", injected=DAMAGES, stored=len(before), least=least)
    assert damage is truncated or least >= len(before) * 0.8, "more is gone than stood on the damaged pages"


def talk_until_it_is_well(start: Callable[[], ServerProcess]) -> Message:
    """Start a server on what is damaged, and say something that is stored; once it may have to start again for it."""
    for attempt in range(2):
        server = start()
        with RawClient(server.port) as alice:
            alice.register("alice", CAPS)
            answers = [talk(alice) for _ in range(2)]
        assert server.stop() == 0
        if all(ANSWERS[0] in answer for answer in answers):
            return message_in(answers[-1])
        assert attempt == 0, "the second start recovers what is whole"
    raise AssertionError


def talk(client: RawClient) -> str:
    """Say something, have all history read, and return what the server said to it."""
    client.send(f"JOIN {CALM}")
    client.sync()
    history(client, CALM)
    client.send(f"PRIVMSG {CALM} :{LATER}")
    return client.until(lambda line: any(word in line for word in ANSWERS))[-1]
