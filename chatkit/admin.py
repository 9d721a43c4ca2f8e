"""``chatkit admin``: ask a running server over its control socket, and show what it says."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from chatkit.control import rpc
from chatkit.control.methods.accounts import AccountRow
from chatkit.control.overview import RoomRow, Stats, UserRow, short_duration
from chatkit.net.unix_path import short_path
from chatkit.proto.formatting import plain
from chatkit.proto.timestamps import format_time
from chatkit.server import CONTROL_NAME, LOCK_NAME

DONE, REFUSED = 0, 1  # exit statuses
ANSWER_SECONDS = 10.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02
RECV_SIZE = 1 << 16

Column = tuple[str, Callable[[Any], object]]


class AdminError(Exception):
    """It did not work: one sentence that says why."""


class NoServer(AdminError):
    """There is no server to ask."""


def run(data_dir: Path, method: str, params: dict[str, Any] | None = None, as_json: bool = False) -> int:
    """Do one thing on the server whose data directory this is, and print what comes of it. Returns the exit status."""
    try:
        result = call(data_dir, method, params or {})
    except AdminError as error:
        click.echo(f"chatkit: {plain(str(error))}", err=True)
        return REFUSED
    show(method, result, as_json)
    return DONE


def show(method: str, result: Any, as_json: bool) -> None:
    """Print what came of ``method``."""
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        PRINTERS[method](result)


def call(data_dir: Path, method: str, params: dict[str, Any], timeout: float = ANSWER_SECONDS) -> Any:
    """The result of ``method``, as plain data; that of ``stop`` when the server is gone. Raises AdminError."""
    path = data_dir.absolute() / CONTROL_NAME
    with _connected(path, timeout) as sock:
        reply = _ask(sock, _encode(method, params), timeout)
        try:
            result = rpc.result_of(reply)
        except rpc.RpcError as error:
            raise AdminError(str(error)) from error
        if method == "stop":
            _wait_for_end(sock, path)
        return result


def _encode(method: str, params: dict[str, Any]) -> bytes:
    try:
        return rpc.request(method, params, 1) + b"\n"
    except UnicodeEncodeError as error:
        raise AdminError("what you typed is not valid UTF-8") from error


@contextlib.contextmanager
def _connected(path: Path, timeout: float) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        try:
            with short_path(path) as address:
                sock.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            raise NoServer(
                f"no server is running: looked for {path}; if yours keeps its data elsewhere, name it with --data"
            ) from error
        except PermissionError as error:
            raise AdminError(f"you may not use {path}: it belongs to the user who runs the server") from error
        except OSError as error:
            raise AdminError(f"cannot use {path}: {error.strerror or error}") from error
        yield sock


def _ask(sock: socket.socket, message: bytes, timeout: float) -> bytes:
    deadline = time.monotonic() + timeout
    try:
        sock.sendall(message)
        return _read_line(sock, deadline)
    except TimeoutError as error:
        raise AdminError(f"the server does not answer within {timeout:g} seconds") from error
    except OSError as error:
        raise AdminError(f"the server hung up: {error.strerror or error}") from error


def _read_line(sock: socket.socket, deadline: float) -> bytes:
    chunks: list[bytes] = []
    while not chunks or b"\n" not in chunks[-1]:
        sock.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = sock.recv(RECV_SIZE)
        if not chunk:
            raise ConnectionError("it closed the connection without an answer")
        chunks.append(chunk)
    return b"".join(chunks).partition(b"\n")[0]


def _wait_for_end(sock: socket.socket, path: Path) -> None:
    """Wait until the server has closed the connection, then its database: until it lets go of its lock."""
    deadline = time.monotonic() + STOP_SECONDS
    sock.settimeout(STOP_SECONDS)
    try:
        with contextlib.suppress(ConnectionError):
            while sock.recv(RECV_SIZE):
                pass
        while _is_locked(path.with_name(LOCK_NAME)):
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise AdminError(f"the server is still stopping after {STOP_SECONDS:g} seconds") from error


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


# Printing.


def _print_table(columns: tuple[Column, ...], rows: list[Any], empty: str) -> None:
    if not rows:
        click.echo(empty)
        return
    cells = [[plain(str(cell(row))) for _title, cell in columns] for row in rows]
    titles = [title for title, _cell in columns]
    _print_cells(titles, cells)


def _print_cells(titles: list[str], cells: list[list[str]]) -> None:
    """As a table on a terminal, in aligned columns elsewhere; without a head where there are no ``titles``."""
    if sys.stdout.isatty():
        _print_rich(titles, cells)
    else:
        _print_aligned([[title.upper() for title in titles], *cells] if titles else cells)


def _print_rich(titles: list[str], cells: list[list[str]]) -> None:
    from rich import box  # late: only on a terminal
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*titles, box=box.SIMPLE_HEAD, show_header=bool(titles), pad_edge=False)
    for row in cells:
        table.add_row(*map(Text, row))
    Console().print(table)


def _print_aligned(lines: list[list[str]]) -> None:
    from rich.cells import cell_len  # late, as above: columns of a terminal, which are not characters

    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())


USER_COLUMNS: tuple[Column, ...] = (
    ("Nick", lambda row: row.nick),
    ("Rooms", lambda row: " ".join(row.rooms) or "-"),
    ("Idle", lambda row: short_duration(row.idle)),
    ("Address", lambda row: row.address),
    ("Client", lambda row: row.client),
    ("Away", lambda row: "-" if row.away is None else row.away or "yes"),
)

ROOM_COLUMNS: tuple[Column, ...] = (
    ("Room", lambda row: row.name),
    ("Users", lambda row: row.users),
    ("Modes", lambda row: f"+{row.modes}" if row.modes else "-"),
    ("Topic", lambda row: row.topic or "-"),
)

ACCOUNT_COLUMNS: tuple[Column, ...] = (
    ("Account", lambda row: row.name),
    ("Since", lambda row: format_time(row.created * 1000)[:10]),
    ("E-mail", lambda row: (row.email or "-") + ("" if row.verified else " (not verified)")),
    ("Rooms", lambda row: " ".join(row.rooms) or "-"),
    ("Here as", lambda row: " ".join(row.here) or "-"),
)

ACCOUNT_ROWS: tuple[Column, ...] = (
    *ACCOUNT_COLUMNS,
    ("Stays without a device", lambda row: {None: "as the server says", True: "yes", False: "no"}[row.always_on]),
    ("Certificates", lambda row: " ".join(row.certificates) or "-"),
)

STATS_ROWS: tuple[tuple[str, Callable[[Stats], object]], ...] = (
    ("Version", lambda s: s.version),
    ("Uptime", lambda s: _long_duration(s.uptime)),
    ("Users", lambda s: f"{s.users:,}"),
    ("Most users at once", lambda s: f"{s.peak:,}"),
    ("Rooms", lambda s: f"{s.rooms:,}"),
    ("Messages since the start", lambda s: f"{s.messages:,}"),
    ("Messages a second, last minute", lambda s: f"{s.messages_per_second:,.1f}"),
    ("Connections", lambda s: f"{s.connections:,}"),
    ("Memory", lambda s: f"{s.memory / (1 << 20):,.1f} MiB"),
    ("Threads", lambda s: s.threads),
)


def _print_users(result: Any) -> None:
    _print_table(USER_COLUMNS, msgspec.convert(result, list[UserRow]), "Nobody is here.")


def _print_rooms(result: Any) -> None:
    _print_table(ROOM_COLUMNS, msgspec.convert(result, list[RoomRow]), "There are no rooms.")


def _print_stats(result: Any) -> None:
    found = msgspec.convert(result, Stats)
    _print_cells([], [[title, str(figure(found))] for title, figure in STATS_ROWS])


def _print_kick(result: Any) -> None:
    click.echo(f"Removed {plain(result['nick'])} ({plain(result['reason'])})")


def _print_announce(result: Any) -> None:
    click.echo(f"Told {_count(result['users'], 'user')}")


def _print_stop(_result: Any) -> None:
    click.echo("The server has stopped")


def _print_accounts(result: Any) -> None:
    _print_table(ACCOUNT_COLUMNS, msgspec.convert(result, list[AccountRow]), "There are no accounts.")


def _print_account(result: Any) -> None:
    found = msgspec.convert(result, AccountRow)
    _print_cells([], [[title, plain(str(cell(found)))] for title, cell in ACCOUNT_ROWS])


def _print_account_change(sentence: str) -> Callable[[Any], None]:
    return lambda result: click.echo(sentence.format(plain(result["name"])))


PRINTERS: dict[str, Callable[[Any], None]] = {
    "account.create": _print_account_change("Made the account {}"),
    "account.password": _print_account_change("Changed the password of {}"),
    "account.list": _print_accounts,
    "account.show": _print_account,
    "account.delete": _print_account_change("Deleted the account {}"),
    "account.cert": _print_account,
    "users": _print_users,
    "rooms": _print_rooms,
    "kick": _print_kick,
    "announce": _print_announce,
    "stats": _print_stats,
    "stop": _print_stop,
}


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _long_duration(seconds: int) -> str:
    """``1d 02:03:04``"""
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days}d {clock}" if days else clock
