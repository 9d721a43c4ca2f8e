"""``chatkit account`` where no server runs: its database is used as the server would."""

from __future__ import annotations

import os
import pwd
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from chatkit import __version__
from chatkit.admin.errors import AdminError, NeedsYes
from chatkit.config import Config
from chatkit.control import runner
from chatkit.control.methods import load_methods
from chatkit.control.plan import NEEDS_YES, Actor, refused
from chatkit.control.rpc import RpcError
from chatkit.control.runner import Desk, Health
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import restore
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.requests import Reloaded
from chatkit.premises import ServerError, make_directory, only_server
from chatkit.store.database import Store, StoreError
from chatkit.store.records import Entry, Query

T = TypeVar("T")


def call(config: Config, method: str, params: dict[str, Any]) -> Any:
    """The result of a command for accounts, where no server runs. Raises AdminError."""
    try:
        return _call_offline(config, method, params)
    except RpcError as error:
        raise (NeedsYes if error.code == NEEDS_YES else AdminError)(str(error)) from error
    except (ServerError, StoreError) as error:
        raise AdminError(str(error)) from error
    except sqlite3.Error as error:
        raise AdminError(f"cannot change the database in {config.data_dir}: {error}") from error


def _call_offline(config: Config, method: str, params: dict[str, Any]) -> Any:
    load_methods()
    make_directory(config.data_dir)
    with only_server(config.data_dir):
        store = Store(config.data_dir, config.history.durability)
        try:
            return msgspec.to_builtins(runner.call(Desk(_Offline(config, store)), method, params, _who()))
        finally:
            store.close()


def _who() -> Actor:
    uid = os.getuid()
    try:
        return Actor(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Actor(f"uid {uid}")


class _Offline:
    """A server that does not run: what it would know, and the way to keep what becomes of it."""

    connections = 0

    def __init__(self, config: Config, store: Store) -> None:
        self.stop_requested = threading.Event()
        self._store = store
        self._ircd = Ircd(config, _now(), last_seq=store.last_seq(), version=__version__)
        self._ircd.audits = store.last_audit()
        restore(self._ircd, store.documents)

    def act(self, function: Callable[[Ircd, Moment], T]) -> T:
        """Do something, and keep what comes of it."""
        result = function(self._ircd, _now())
        self.commit([entry for entry, _, _ in self._ircd.take_turn().records])
        return result

    def commit(self, entries: Iterable[Entry]) -> None:
        """Store ``entries``. Raises sqlite3.Error."""
        self._store.append(entries)

    def ask(self, query: Query) -> Any:
        """The store's answer. Raises sqlite3.Error."""
        return self._store.answer(query)

    # What takes a server that runs.

    def reload(self) -> Reloaded:
        _refuse()

    def submit(self, function: Callable[[], None]) -> None:
        _refuse()

    def drain(self, seconds: float | None) -> None:
        _refuse()

    def backup(self, path: Path) -> int:
        _refuse()

    def health(self) -> Health:
        _refuse()

    def queues(self) -> list[tuple[str, int]]:
        _refuse()


def _refuse() -> NoReturn:
    raise refused("no server is running")


def _now() -> Moment:
    return Moment(time.time_ns() // 1000, time.monotonic())
