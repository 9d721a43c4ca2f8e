"""``chatkit account``: the accounts of a server. Where it runs it is asked; else its database is used as it would."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
import msgspec

from chatkit import __version__, admin
from chatkit.config import Config
from chatkit.control.methods import general as methods
from chatkit.control.rpc import RpcError
from chatkit.control.runner import Desk
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import restore
from chatkit.ircd.ircd import Ircd
from chatkit.proto import passwords
from chatkit.proto.formatting import plain
from chatkit.server import ServerError, make_directory, only_server
from chatkit.store.database import Store, StoreError
from chatkit.store.records import Entry
from chatkit.workers.passwords import Passwords

T = TypeVar("T")


def run(config: Config, method: str, params: dict[str, Any], as_json: bool) -> int:
    """Do one thing with the accounts of the server that has this configuration. Returns the exit status."""
    try:
        result = _call(config, method, params)
    except (admin.AdminError, RpcError, ServerError, StoreError) as error:
        click.echo(f"chatkit: {plain(str(error))}", err=True)
        return admin.REFUSED
    except sqlite3.Error as error:
        click.echo(f"chatkit: cannot change the database in {config.data_dir}: {error}", err=True)
        return admin.REFUSED
    admin.show(method, result, as_json)
    return admin.DONE


def credentials_for(config: Config, password: str) -> dict[str, Any]:
    """What is kept of a new password. Takes as long as a log-in. Raises ValueError for what may be none."""
    shortest = config.accounts.min_password
    if passwords.prepare(password) is None:
        raise ValueError(f"a password has up to {passwords.MAX_BYTES} bytes and no invisible characters")
    if len(password) < shortest:
        raise ValueError(f"a password needs at least {shortest} characters (accounts.min_password)")
    found = Passwords(lambda query: None, config.accounts).hash(password)
    return dict(msgspec.to_builtins(found))


def _call(config: Config, method: str, params: dict[str, Any]) -> Any:
    try:
        return admin.call(config.data_dir, method, params)
    except admin.NoServer:
        return _call_offline(config, method, params)


def _call_offline(config: Config, method: str, params: dict[str, Any]) -> Any:
    make_directory(config.data_dir)
    with only_server(config.data_dir):
        store = Store(config.data_dir, config.history.durability)
        try:
            return msgspec.to_builtins(methods.call(Desk(_Offline(config, store)), method, params))
        finally:
            store.close()


class _Offline:
    """A server that does not run: what it would know, and the way to keep what becomes of it."""

    connections = 0

    def __init__(self, config: Config, store: Store) -> None:
        self.stop_requested = threading.Event()
        self._store = store
        self._ircd = Ircd(config, _now(), last_seq=store.last_seq(), version=__version__)
        restore(self._ircd, store.documents)

    def act(self, function: Callable[[Ircd, Moment], T]) -> T:
        """Do something, and keep what comes of it."""
        result = function(self._ircd, _now())
        self.commit([entry for entry, _, _ in self._ircd.take_turn().records])
        return result

    def commit(self, entries: Iterable[Entry]) -> None:
        """Store ``entries``. Raises sqlite3.Error."""
        self._store.append(entries)


def _now() -> Moment:
    return Moment(time.time_ns() // 1000, time.monotonic())
