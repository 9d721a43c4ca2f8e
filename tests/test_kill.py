"""Promise 1, with real processes: after ``kill -9`` and a restart, history holds everything that any client saw."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.processes import ServerProcess
from tests.sockets import RawClient

CAPS = "echo-message message-tags server-time batch draft/chathistory"
SENDERS = 4
WATCHERS = 2
ROUNDS = 3


class Watcher(threading.Thread):
    """Reads all that its client gets until the server dies, and keeps the messages in the order of their coming."""

    def __init__(self, client: RawClient) -> None:
        super().__init__()
        self.client = client
        self.seen: list[tuple[str, str]] = []  # msgid, text
        self.saw_enough = threading.Event()

    def run(self) -> None:
        for line in iter(self._line, ""):
            if " PRIVMSG #lobby :" in line:
                tags, _, rest = line.partition(" ")
                self.seen.append((tags.partition("msgid=")[2].partition(";")[0], rest.partition(" :")[2]))
                if len(self.seen) > 200:
                    self.saw_enough.set()

    def _line(self) -> str:
        try:
            return self.client.line()
        except (EOFError, OSError):
            return ""


def flood(client: RawClient, name: str, dead: threading.Event) -> None:
    count = 0
    while not dead.is_set():
        try:
            client.send(*(f"PRIVMSG #lobby :{name} {count + i}" for i in range(20)))
        except OSError:
            return
        count += 20


def history(port: int, nick: str) -> list[tuple[str, str]]:
    """Everything in the lobby, read back page by page."""
    found: list[tuple[str, str]] = []
    with RawClient(port) as reader:
        reader.register(nick, CAPS)
        place = "timestamp=1970-01-01T00:00:00.000Z"
        while True:
            reader.send(f"CHATHISTORY AFTER #lobby {place} 200")
            lines = [line for line in reader.until(lambda line: " BATCH -" in line) if " PRIVMSG #lobby :" in line]
            if not lines:
                return found
            for line in lines:
                tags, _, rest = line.partition(" ")
                found.append((tags.partition("msgid=")[2].partition(";")[0], rest.partition(" :")[2]))
            place = f"msgid={found[-1][0]}"


def test_what_any_client_saw_before_kill_9_is_in_history_once_and_in_that_order(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("CHATKIT_LIMITS_COMMANDS_PER_SECOND", "0")
    seen_before: list[tuple[str, str]] = []
    for round_number in range(ROUNDS):
        server = ServerProcess(tmp_path, "--io-threads", "2", "--log", "plain")
        dead = threading.Event()
        clients = [RawClient(server.port) for _ in range(SENDERS + WATCHERS)]
        for number, client in enumerate(clients):
            client.register(f"r{round_number}u{number}", CAPS)
        watchers = [Watcher(client) for client in clients]  # the senders watch their echoes too
        senders = [
            threading.Thread(target=flood, args=(client, f"r{round_number}s{number}", dead))
            for number, client in enumerate(clients[:SENDERS])
        ]
        for thread in [*watchers, *senders]:
            thread.start()
        assert watchers[-1].saw_enough.wait(30)
        threading.Event().wait(random.uniform(0, 0.05))  # noqa: S311  # any moment of the flood will do
        server.kill()
        dead.set()
        for thread in [*senders, *watchers]:
            thread.join()
        for client in clients:
            client.close()

        restarted = ServerProcess(tmp_path, "--log", "plain")
        stored = history(restarted.port, "reader")
        restarted.stop()

        places = {message: place for place, message in enumerate(stored)}
        assert len(places) == len(stored), "something is stored twice"
        for watcher in watchers:
            seen = [places.get(message, -1) for message in watcher.seen]
            assert -1 not in seen, f"{len([s for s in seen if s < 0])} messages that were seen are lost"
            assert seen == sorted(seen), "history has another order than what was seen"
        assert stored[: len(seen_before)] == seen_before, "an earlier round's history has changed"
        seen_before = stored


def test_what_was_said_to_be_done_is_so_after_kill_9(tmp_path: Path):
    """Accounts, rooms and their topics are documents: they stand in the journal as messages do."""
    server = ServerProcess(tmp_path, "--io-threads", "2", "--log", "plain")
    with RawClient(server.port) as alice:
        alice.register("alice")
        alice.send("REGISTER alice * correct-horse-battery")
        alice.until(lambda line: " REGISTER SUCCESS alice " in line)
        alice.send("JOIN #ours")
        alice.sync()
        alice.send("PRIVMSG ChanServ :REGISTER #ours", "TOPIC #ours :not yet", "TOPIC #ours :kept")
        alice.until(lambda line: line.endswith(" TOPIC #ours :kept"))
        server.kill()
    restarted = ServerProcess(tmp_path, "--log", "plain")
    with RawClient(restarted.port) as bob:
        bob.register("bob")
        bob.send("REGISTER alice * another-horse-battery")
        assert " FAIL REGISTER ACCOUNT_EXISTS " in bob.until(lambda line: " REGISTER " in line)[-1]
        bob.send("JOIN #ours")
        assert any(line.endswith(" 332 bob #ours :kept") for line in bob.sync())
    restarted.stop()


@pytest.mark.parametrize("durability", ["process", "power"])
def test_both_kinds_of_durability_keep_what_was_seen(tmp_path: Path, monkeypatch, durability: str):
    monkeypatch.setenv("CHATKIT_HISTORY_DURABILITY", durability)
    server = ServerProcess(tmp_path, "--log", "plain")
    with RawClient(server.port) as alice:
        alice.register("alice", CAPS)
        alice.send("PRIVMSG #lobby :kept")
        alice.until(lambda line: line.endswith(" :kept"))
        server.kill()
    restarted = ServerProcess(tmp_path, "--log", "plain")
    assert [text for _, text in history(restarted.port, "reader")] == ["kept"]
    restarted.stop()
