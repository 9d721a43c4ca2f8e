"""An ircd without sockets: clients type lines in and read lines out, and the clock moves by hand."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatkit.config import Config
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import UserModesChanged
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.opers import OperClass
from chatkit.ircd.reconfiguring import reconfigure
from chatkit.ircd.requests import Job, Reload, Reloaded, Request, RunCommand, StoreNow
from chatkit.ircd.saying import Saying
from chatkit.ircd.staging import Turn
from chatkit.ircd.state import Session
from chatkit.proto.message import parse
from chatkit.proto.modes import ModeChange
from chatkit.reload import differences, taken_up
from chatkit.store.database import Store
from chatkit.workers import Workers
from tests.ircd.consistency import check_state

START = 1_800_000_000_000_000  # microseconds since 1970
_TIME, _MSGID = re.compile(r"\btime=[^; ]+"), re.compile(r"\bmsgid=[^; ]+")


def _steady(line: str) -> str:
    tags, _, rest = line.partition(" ")
    return f"{_MSGID.sub('msgid=M', _TIME.sub('time=T', tags))} {rest}"


class FakeLink:
    """The way out to one client: keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""
        self.queued = 0
        self.closed = False

    def put(self, data: bytes) -> None:
        assert not self.closed
        self.data += data

    def close(self) -> None:
        self.closed = True


class FakeClient:
    """One client's keyboard and screen."""

    def __init__(self, net: Net, address: str) -> None:
        self.net = net
        self.link = FakeLink()
        self.session: Session = net.ircd.connect(self.link, address, net.now)

    def send(self, *lines: str | bytes) -> None:
        """Type lines, which reach the server in one piece, and let it settle what they bring about."""
        data = [line if isinstance(line, bytes) else line.encode() for line in lines]
        turn = self.net.ircd.talk_on(self.session, data, self.net.now)
        if turn is None:
            self.net.ircd.receive(self.session, data, self.net.now)
        self.net.settle(turn)

    def raw(self) -> list[str]:
        """The lines that came since the last look, as they were sent."""
        data, self.link.data = self.link.data, b""
        assert data == b"" or data.endswith(b"\r\n")
        lines = data.split(b"\r\n")[:-1]
        for line in lines:
            body = line.partition(b" ")[2] if line.startswith(b"@") else line
            assert len(body) <= 510, body
        return [line.decode() for line in lines]

    def received(self) -> list[str]:
        """As ``raw``, with times and message ids as ``time=T`` and ``msgid=M``."""
        return [_steady(line) if line.startswith("@") else line for line in self.raw()]

    def ask(self, *lines: str | bytes) -> list[str]:
        """Type lines and read the answer."""
        self.raw()
        self.send(*lines)
        return self.received()

    def commands(self) -> list[str]:
        """The commands and numerics of the lines that came since the last look."""
        return [parse(line).command for line in self.raw()]


def configure(settings: dict[str, Any]) -> Config:
    """The settings for a test: a quiet server that is called chat.test."""
    settings = {"name": "chat.test", "rooms": {"autojoin": []}, **settings}
    settings["accounts"] = {"argon2": "test", **settings.get("accounts", {})}
    settings["cloaks"] = {
        "mode": "off",
        **settings.get("cloaks", {}),
    }  # addresses can be looked at
    return msgspec.convert(settings, Config)


class Net:
    """An ircd with a store, and the clients that it has."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.now = Moment(START, 1000.0)
        self.store = Store(directory)
        given = {key: settings.pop(key) for key in ("motd", "password") if key in settings}
        self.rewritten = settings  # what REHASH finds
        config = configure(settings)
        self.workers = Workers(self.store, config)
        self.ircd = Ircd(config, self.now, last_seq=self.store.last_seq(), version="0", **given)
        self.broken = False  # whether the store fails
        self.slow = False  # whether its answers wait in ``jobs`` until ``answer``
        self.jobs: list[Job] = []
        self.run_line: Callable[[RunCommand], tuple[str, ...]] = lambda request: ()  # what OperServ is answered
        self.events: list[object] = []

    def connect(self, address: str = "127.0.0.1") -> FakeClient:
        return FakeClient(self, address)

    def register(self, nick: str, caps: str = "") -> FakeClient:
        """A registered client that has read its welcome."""
        client = self.connect()
        if caps:
            client.send(f"CAP REQ :{caps}", "CAP END")
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
        assert " 001 " in "\n".join(client.raw())
        return client

    def gather(self, room: str, *clients: FakeClient) -> None:
        """All of them join, the first as its operator, and have read what that brings."""
        for client in clients:
            client.send(f"JOIN {room}")
        for client in clients:
            client.raw()

    def settle(self, turn: Turn | Saying | None = None) -> None:
        """What the server does after each turn: after ``turn``, or what has come about since the last one."""
        turn = turn or self.ircd.take_turn()
        if turn.records and not self.broken:
            self.store.append([record for record, _, _ in turn.records])
        turn.hand_out(stored=not (turn.records and self.broken))
        self.events += turn.events
        self.jobs += turn.jobs
        if not self.slow:
            self.answer()

    def answer(self) -> None:
        """Let the store answer all that it was asked."""
        while self.jobs:
            self.answer_one()

    def answer_one(self) -> None:
        """Let it answer what waits for longest."""
        job = self.jobs.pop(0)
        self.ircd.resume(job, self._see_to(job.request), self.now)
        self.settle()

    def _see_to(self, request: Request) -> object:
        if self.broken:
            return sqlite3.OperationalError("disk I/O error")
        try:
            if isinstance(request, StoreNow):
                return self.store.append(request.entries)
            if isinstance(request, Reload):
                return self._reload()
            if isinstance(request, RunCommand):
                return self.run_line(request)
            return self.workers.answer(request)
        except Exception as error:  # the server hands it on too
            return error

    def _reload(self) -> Reloaded:
        old = self.ircd.config
        try:
            new = configure(self.rewritten)
        except msgspec.ValidationError as error:
            return Reloaded(error=str(error))
        reconfigure(self.ircd, taken_up(old, new), self.ircd.motd, self.ircd.password, self.now)
        return Reloaded(differences(old, self.ircd.config), differences(self.ircd.config, new))

    def let_time_pass(self, seconds: float) -> None:
        """Time goes by, and the server has not looked at its clock yet."""
        self.now = Moment(self.now.wall + int(seconds * 1e6), self.now.mono + seconds)

    def move_clock(self, seconds: float) -> None:
        """Time goes by, and the server does what is due."""
        self.let_time_pass(seconds)
        self.ircd.tick(self.now)
        self.ircd.check_silence(self.now)
        self.settle()

    def disconnect(self, client: FakeClient, reason: str = "Connection closed") -> None:
        self.ircd.disconnected(client.session, reason, self.now)
        self.settle()

    def check(self) -> None:
        """What must hold whatever was typed."""
        check_state(self.ircd)


def make_oper(client: FakeClient, kind: OperClass) -> None:
    """Make the user an operator of this kind, without OPER."""
    net, user = client.net, client.session.user
    assert user is not None
    user.oper = kind
    apply(net.ircd, UserModesChanged(net.ircd.cause(user, net.now), (ModeChange(True, "o"),)))
    net.settle()
    client.raw()


@pytest.fixture(autouse=True)
def no_command_failed(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which the ircd met a bug of its own, which it logs and survives."""
    yield
    failed = [record.getMessage() for record in caplog.get_records("call") if record.name == "chatkit.ircd"]
    assert not failed, failed


@pytest.fixture
def make_net(tmp_path):
    nets = []

    def make(**settings: Any) -> Net:
        nets.append(Net(tmp_path, **settings))
        return nets[-1]

    yield make
    for net in nets:
        net.check()
        net.store.close()


@pytest.fixture
def net(make_net) -> Net:
    return make_net()


@pytest.fixture
def alice(net):
    return net.register("alice")


@pytest.fixture
def bob(net):
    return net.register("bob")
