"""Servers that things are done to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess

Start = Callable[..., ServerProcess]

ENVIRONMENT = {
    "CHATKIT_ACCOUNTS_ARGON2": "test",
    "CHATKIT_CLOAKS_MODE": "off",
    "CHATKIT_DISCOVERY": "off",
    "CHATKIT_LIMITS_COMMANDS_PER_SECOND": "0",
    "CHATKIT_LOG_MESSAGES": "false",
    "CHATKIT_ROOMS_AUTOJOIN": "",
}


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is slowed down, and nobody is anywhere unasked."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data directory of the servers."""
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Start a server; with a ``fault`` of the launcher's, one in which that goes wrong."""
    servers: list[ServerProcess] = []

    def start_one(*arguments: str, fault: str = "", port: int = 0) -> ServerProcess:
        module = ("tests.faults.launcher", fault) if fault else ("chatkit",)
        servers.append(ServerProcess(data, "--log", "plain", *arguments, port=port, module=module))
        return servers[-1]

    yield start_one
    for server in servers:
        if server.process.poll() is None:
            server.kill()
