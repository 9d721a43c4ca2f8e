"""What is known to be hostile, and what chance brings, breaks nothing that reads what strangers send."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import TARGETS
from tests.examples import examples
from tests.faults.conftest import ENVIRONMENT
from tests.faults.judge import FAITHFUL, judge, stored_in
from tests.faults.machine import reset
from tests.faults.people import CALM, Bystander
from tests.processes import ServerProcess
from tests.sockets import DEADLINE

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(path for path in CORPUS.glob("*/*") if path.parent.name != "clients")
CLIENTS = sorted((CORPUS / "clients").iterdir())


def name_of(path: Path) -> str:
    return path.relative_to(CORPUS).as_posix()


@pytest.mark.parametrize("path", INPUTS, ids=name_of)
def test_what_is_known_to_be_hostile_breaks_nothing(path):
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_breaks_by_chance(name):
    lines = st.lists(st.text(max_size=40), max_size=8).map("\n".join).map(lambda text: text.encode("utf-8", "replace"))

    @settings(max_examples=examples(40))
    @given(st.binary(max_size=300) | lines)
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()


def test_every_target_has_a_corpus_and_every_input_says_what_it_is():
    assert {path.parent.name for path in INPUTS} == TARGETS.keys()
    told = re.findall(r"^- `(\S+)`: \S", (CORPUS / "README.md").read_text(), re.MULTILINE)
    assert told == [
        name_of(path)
        for path in sorted([*INPUTS, *CLIENTS], key=lambda path: (path.parent.name == "clients", name_of(path)))
    ]


# Clients.


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setenv("CHATKIT_LIMITS_SENDQ_BYTES", "65536")
        server = ServerProcess(tmp_path_factory.mktemp("hostile"), "--log", "plain")
    yield server
    server.stop()


@pytest.mark.parametrize("script", CLIENTS, ids=name_of)
def test_hostile_clients_are_no_bother_to_others(server, script):
    with Bystander(server.port) as bystander:
        steps = [line.split(" ", 1) for line in script.read_text().splitlines()]
        times = int(steps.pop()[1]) if steps[-1][0] == "again" else 1
        for _ in range(times):
            play(server.port, steps)
        bystander.goes_on()
    assert server.process.poll() is None
    assert bystander.longest < 1
    assert len(bystander.seen) >= 5


def play(port: int, steps: list[list[str]]) -> None:
    """What a script says. Who is thrown out has come to its end."""
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as sock, contextlib.suppress(ConnectionError):
        for word, *rest in steps:
            argument = rest[0] if rest else ""
            match word:
                case "send":
                    sock.sendall(unescaped(argument))
                case "repeat":
                    count, _, text = argument.partition(" ")
                    sock.sendall(unescaped(text) * int(count))
                case "pause":
                    time.sleep(float(argument))
                case "half":
                    sock.shutdown(socket.SHUT_WR)
                case "reset":
                    reset(sock)
                case "close":
                    sock.close()
                case _:
                    raise ValueError(word)


def unescaped(text: str) -> bytes:
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def test_after_all_of_them_history_is_what_was_seen(tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    server = ServerProcess(tmp_path, "--log", "plain")
    with Bystander(server.port) as bystander:
        for script in CLIENTS:
            play(server.port, [line.split(" ", 1) for line in script.read_text().splitlines() if "again" not in line])
        bystander.goes_on()
    assert server.stop() == 0
    assert judge([bystander.seen], stored_in(tmp_path, CALM)) == FAITHFUL
    assert not [line for line in server.lines if "Traceback" in line]
