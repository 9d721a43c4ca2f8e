"""Promise 1, with real processes: after ``kill -9`` and a restart, history holds everything that any client saw."""

from __future__ import annotations

import random
import threading

import pytest

from tests.faults.judge import CAPS, FAITHFUL, Message, history, judge, stored_in
from tests.faults.people import FLOODED, Flood
from tests.faults.scope import note, size
from tests.sockets import RawClient

ROUNDS = size(3, 200)
FLOOD_SECONDS = 0.005, 0.4  # about, until the server is killed


@pytest.mark.timeout(60 + 10 * ROUNDS)
def test_what_any_client_saw_before_kill_9_is_in_history_once_and_in_that_order(start, data):
    everyone: list[list[Message]] = []
    known: list[Message] = []
    for number in range(ROUNDS):
        server = start("--io-threads", "2")
        flood = Flood(server.port, f"round{number}", alone=number % 2 == 1)
        threading.Event().wait(random.uniform(*FLOOD_SECONDS))  # noqa: S311  # any moment of the flood will do
        server.kill()
        seen = flood.finish()
        restarted = start()
        with RawClient(restarted.port) as reader:
            reader.register("reader", CAPS)
            reader.send(f"JOIN {FLOODED}")
            reader.sync()
            new = history(reader, FLOODED, known[-1].msgid if known else "")
        restarted.kill()
        assert judge(seen, new) == FAITHFUL, f"round {number}"
        known += new
        everyone += seen
    stored = stored_in(data, FLOODED)
    assert stored == known, "an earlier round's history has changed"
    verdict = judge(everyone, stored)
    note("kill -9", injected=2 * ROUNDS, seen=sum(map(len, everyone)), stored=len(stored), **verdict._asdict())
    assert verdict == FAITHFUL


def test_what_was_said_to_be_done_is_so_after_kill_9(start):
    """Accounts, rooms and their topics are documents: they stand in the journal as messages do."""
    server = start("--io-threads", "2")
    with RawClient(server.port) as alice:
        alice.register("alice")
        alice.send("REGISTER alice * correct-horse-battery")
        alice.until(lambda line: " REGISTER SUCCESS alice " in line)
        alice.send("JOIN #ours")
        alice.sync()
        alice.send("PRIVMSG ChanServ :REGISTER #ours", "TOPIC #ours :not yet", "TOPIC #ours :kept")
        alice.until(lambda line: line.endswith(" TOPIC #ours :kept"))
        server.kill()
    restarted = start()
    with RawClient(restarted.port) as bob:
        bob.register("bob")
        bob.send("REGISTER alice * another-horse-battery")
        assert " FAIL REGISTER ACCOUNT_EXISTS " in bob.until(lambda line: " REGISTER " in line)[-1]
        bob.send("JOIN #ours")
        assert any(line.endswith(" 332 bob #ours :kept") for line in bob.sync())


@pytest.mark.parametrize("durability", ["process", "power"])
def test_both_kinds_of_durability_keep_what_was_seen(start, data, monkeypatch, durability: str):
    monkeypatch.setenv("CHATKIT_HISTORY_DURABILITY", durability)
    server = start()
    with RawClient(server.port) as alice:
        alice.register("alice", CAPS)
        alice.send("JOIN #kept", "PRIVMSG #kept :kept")
        alice.until(lambda line: line.endswith(" :kept"))
        server.kill()
    start().stop()
    assert [message.text for message in stored_in(data, "#kept")] == ["kept"]
