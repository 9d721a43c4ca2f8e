"""``chatkit admin doctor``: what is wrong with an installation, and what to do about it.

It works whether a server runs or not, and changes nothing. Each check looks at one thing and yields what it found.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import resource
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography import x509

from chatkit.admin.asking import ask
from chatkit.admin.doing import Here
from chatkit.admin.errors import AdminError, Mistake, NoServer
from chatkit.admin.places import Premises
from chatkit.checking import mistakes
from chatkit.config import UNIX, Config
from chatkit.net.listener import listen_tcp
from chatkit.net.transport.identity import CERTIFICATE_NAME, KEY_NAME
from chatkit.premises import has_server
from chatkit.proto.addresses import split_place
from chatkit.proto.durations import format_duration
from chatkit.store import journal
from chatkit.store.connecting import connect_read_only
from chatkit.store.database import FILE_NAME
from chatkit.store.index import FILE_NAME as INDEX_NAME
from chatkit.store.reading import last_seq
from chatkit.store.recovery import ASIDE, check
from chatkit.store.schema import APPLICATION_ID, VERSION
from chatkit.workers.mail import Mailer, MailError

GIGABYTE = 1 << 30
LITTLE_SPACE = GIGABYTE  # bytes free; from then on it is worth a word
NO_SPACE = 64 << 20  # bytes free; from then on the server may become read-only any time
MUCH_LOG = 256 << 20  # bytes of a write-ahead log that nobody moves into the database
SOON = datetime.timedelta(days=21)  # that a certificate is still good for: time to see to a new one
WRONG_SECONDS = 10.0  # that a clock may be behind what it said before
SPARE_FILES = 64  # descriptors that are not for clients
LISTENS = ("127.0.0.1", "::1", "localhost")  # where nobody comes in from elsewhere


class Finding(msgspec.Struct, frozen=True):
    """What a check found: whether that is good, what it is, and what to do about it."""

    level: Literal["ok", "warn", "bad"]
    what: str
    do: str = ""


Findings = Iterator[Finding]


def run(here: Here) -> list[Finding]:
    """Look at everything. Blocks, for seconds where a database is large or a mail server does not answer.

    Where the settings cannot be read it says so, and looks at what is the same whatever they say.
    """
    try:
        return examine(here.config)
    except Mistake as mistake:
        return [*unreadable(mistake, here), *_look(SETTLED, here.usual_config)]


def examine(config: Config) -> list[Finding]:
    """What is to be said of an installation with these settings."""
    return _look((settings, *SETTLED, *AS_SET), config)


def _look(checks: Iterable[Check], config: Config) -> list[Finding]:
    found: list[Finding] = []
    unseen: list[str] = []
    for look in checks:
        try:
            found += look(config)
        except PermissionError:
            unseen.append(look.__name__)
    if unseen:
        what = f"Not looked at, as you may not read it: {', '.join(unseen)}"
        found.append(_bad(what, "run this as the user who runs the server, or as root"))
    return found


def _ok(what: str) -> Finding:
    return Finding("ok", what)


def _warn(what: str, do: str) -> Finding:
    return Finding("warn", what, do)


def _bad(what: str, do: str) -> Finding:
    return Finding("bad", what, do)


# Settings and files.


def unreadable(mistake: Mistake, here: Here) -> Findings:
    """The settings, where nobody can make sense of them. It names the line and not what stands there: a secret may."""
    line = re.search(r"line (\d+)", str(mistake))
    where = f"look at line {line[1]} of {here.config_file}" if line else "put that right"
    named = f" --config {here.config_file}" if here.config_file else ""
    yield _bad(str(mistake), f"{where}, and see with: chatkit config check{named}")
    directory = here.usual_config.data_dir
    what = f"Ports, mail and what else the settings say were not looked at, and the data was looked for in {directory}"
    yield _warn(what, "run this again with settings that can be read; name the data directory with --data meanwhile")


def settings(config: Config) -> Findings:
    """The files that the settings name."""
    found = list(mistakes(config))
    for mistake in found:
        yield _bad(mistake, "put that right, and see with: chatkit config check")
    if not found:
        yield _ok("The settings are right, and so are the files that they name")


def directory(config: Config) -> Findings:
    """The data directory: whose it is, who may read it."""
    path = config.data_dir
    if not path.exists():
        yield _warn(f"There is no data directory {path} yet", "chatkit serve makes it; or name yours with --data")
        return
    status = path.stat()
    if os.geteuid() not in (0, status.st_uid):
        yield _bad(f"{path} belongs to another user", "run this as that user, or as root")
        return
    open_ones = [path] if status.st_mode & 0o077 else []
    private = (FILE_NAME, KEY_NAME, journal.FILE_NAME, INDEX_NAME)
    open_ones += [path / name for name in private if (path / name).exists() and (path / name).stat().st_mode & 0o077]
    for found in open_ones:
        yield _bad(f"Others may look into {found}", f"chmod go= {found}")
    if not open_ones:
        yield _ok(f"{path} is its owner's alone")


def space(config: Config) -> Findings:
    """The disk under the data directory."""
    path = config.data_dir
    if not path.exists():
        return
    free = shutil.disk_usage(path).free
    what = f"{free / GIGABYTE:.1f} GB are free on the disk of {path}"
    if free >= LITTLE_SPACE:
        yield _ok(what)
    else:
        level = _bad if free < NO_SPACE else _warn
        yield level(what, "make room, or keep less: history.keep_days, history.keep_in_all")


# The certificate.


def certificate(config: Config) -> Findings:
    """Whether clients will take it."""
    tls = config.tls
    if tls.mode == "off":
        if config.host not in LISTENS:
            yield _warn("TLS is off: anybody on the way can read along", "set tls.mode to auto")
        return
    path = Path(tls.certificate) if tls.certificate else config.data_dir / CERTIFICATE_NAME
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        if not tls.certificate and not path.exists():
            yield _ok("The server makes itself a certificate when it starts")
        elif not tls.certificate:
            yield _bad(f"{path} cannot be read as a certificate", f"remove {path}: the server makes another one")
        return  # one that the settings name is the business of ``settings``
    yield from _dates(found, path)
    yield from _key(Path(tls.key or path) if tls.certificate else config.data_dir / KEY_NAME)
    if tls.certificate and config.name not in _names(found):
        whose = ", ".join(_names(found)) or "nobody"
        yield _warn(f"{path} is for {whose}, not for {config.name}", "set name to one of those")


def _dates(found: x509.Certificate, path: Path) -> Findings:
    now = datetime.datetime.now(datetime.UTC)
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    renew = "have it renewed, then: chatkit admin reload"
    if now < begins:
        yield _bad(f"{path} is not good before {begins:%Y-%m-%d %H:%M} UTC", "see whether the clock is right")
    elif now > ends:
        yield _bad(f"{path} has expired, on {ends:%Y-%m-%d}", renew)
    elif now > ends - SOON:
        yield _warn(f"{path} expires on {ends:%Y-%m-%d}", renew)
    else:
        yield _ok(f"The certificate is good until {ends:%Y-%m-%d}")


def _key(path: Path) -> Findings:
    with contextlib.suppress(OSError):
        if path.stat().st_mode & 0o077:
            yield _bad(f"Others may read the private key {path}", f"chmod 600 {path}")


def _names(found: x509.Certificate) -> list[str]:
    with contextlib.suppress(x509.ExtensionNotFound):
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return alternatives.get_values_for_type(x509.DNSName)
    return []


# The database.


def clock(config: Config) -> Findings:
    """Whether it is behind what was written with it."""
    path = config.data_dir / FILE_NAME
    if not path.exists():
        return
    newest = path.stat().st_mtime
    with contextlib.suppress(sqlite3.Error), contextlib.closing(connect_read_only(path)) as db:
        newest = max(newest, last_seq(db) / 1e6)
    behind = newest - time.time()
    if behind > WRONG_SECONDS:
        what = f"The clock is {format_duration(behind)} behind what was stored last"
        yield _bad(what, "set it; have it kept right with: timedatectl set-ntp true")
    else:
        yield _ok("The clock is not behind what was stored last")


def database(config: Config) -> Findings:
    """Whether all of it is whole."""
    path = config.data_dir / FILE_NAME
    if not path.exists():
        return
    try:
        why = check(path) or _whose(path)
    except OSError as error:
        yield _bad(f"{path} cannot be read: {error.strerror}", "see to it that you may read it")
        return
    if why:
        yield _bad(f"{path}: {why}", "stop the server and start it: it recovers what is whole; or restore a backup")
    else:
        yield _ok(f"{path} is whole ({path.stat().st_size >> 20} MB)")


def _whose(path: Path) -> str:
    try:
        with contextlib.closing(connect_read_only(path)) as db:
            application = db.execute("PRAGMA application_id").fetchone()[0]
            version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    if application != APPLICATION_ID:
        return "it is no database of chatkit's"
    return "" if version <= VERSION else f"a newer chatkit wrote it (version {version}, this one knows {VERSION})"


def leftovers(config: Config) -> Findings:
    """What was put aside, or grows without end."""
    path = config.data_dir
    for aside in sorted(path.glob(f"{ASIDE}*")):
        yield _warn(f"A damaged database was put aside in {aside}", "delete it when nobody misses anything")
    unread = (path / journal.FILE_NAME).with_suffix(".damaged")
    if unread.exists():
        yield _warn(f"What could not be read or stored is in {unread}", "delete it when nobody misses anything")
    log = path / f"{FILE_NAME}-wal"
    if log.exists() and log.stat().st_size > MUCH_LOG:
        what = f"{log} has {log.stat().st_size >> 20} MB that are not in the database"
        yield _warn(what, "start the server anew; see whether a program keeps the database open")


def index(config: Config) -> Findings:
    """Whether one can search."""
    path = config.data_dir / INDEX_NAME
    if path.exists():
        try:
            with contextlib.closing(connect_read_only(path)) as db:
                db.execute("SELECT * FROM progress").fetchone()
            yield _ok("The search index can be read")
        except sqlite3.Error as error:
            yield _warn(f"{path}: {error}", f"remove {path}: the server makes it anew")


# The world outside.


def server(config: Config) -> Findings:
    """Whether a server that runs is well."""
    try:
        yield from _running(ask(Premises(config.data_dir), "stats", {}))
    except NoServer:
        yield _ok("No server runs")
    except AdminError as error:
        yield _bad(f"The server does not answer: {error}", "see what it logs; stop it and start it anew")


def ports(config: Config) -> Findings:
    """Whether a server could have its ports, where none runs."""
    if not has_server(config.data_dir):
        places = [(config.host, config.port), *filter(None, map(_tcp, config.listeners))]
        places += filter(None, map(split_place, (config.admin.remote, config.metrics.listen)))
        for host, port in places:
            yield from _free(host, port)


def _running(stats: dict[str, Any]) -> Findings:
    troubles = stats.get("why", ())  # a server of another version may not tell
    for why in troubles:
        yield _bad(f"The server runs, but: {why}", "see what it logs: chatkit admin log")
    if not troubles:
        yield _ok(f"The server runs and is well: users: {stats['users']}, connections: {stats['connections']}")


def _tcp(listener: Any) -> tuple[str, int] | None:
    return None if listener.address.startswith(UNIX) else split_place(listener.address)


def _free(host: str, port: int) -> Findings:
    try:
        with listen_tcp(host, port):
            yield _ok(f"Port {port} of {host} is free")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        yield _bad(f"No server could listen on {host} port {port}: {why}", f"find who does: ss -ltnp 'sport = :{port}'")


def descriptors(config: Config) -> Findings:
    """Whether as many may connect as the settings allow."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = config.limits.connections + SPARE_FILES
    if hard == resource.RLIM_INFINITY or hard >= wanted:
        yield _ok(f"There are file descriptors for {config.limits.connections:,} connections")
    else:
        what = f"File descriptors are enough for {max(0, hard - SPARE_FILES):,} connections"
        yield _warn(what, f"raise them to {wanted:,} (LimitNOFILE of the service), or lower limits.connections")


def mail(config: Config) -> Findings:
    """Whether mail could be sent."""
    if not config.mail.host or any("mail" in mistake for mistake in mistakes(config)):
        return
    try:
        Mailer(config.mail).knock()
    except MailError as error:
        yield _bad(f"No mail can be sent: {error}", "see to mail.host, mail.security and the log-in")
    else:
        yield _ok(f"{config.mail.host} takes our mail")


Check = Callable[[Config], Findings]
SETTLED: tuple[Check, ...] = (
    directory,
    space,
    clock,
    database,
    leftovers,
    index,
    server,
)  # by the data directory alone
AS_SET: tuple[Check, ...] = (certificate, ports, descriptors, mail)
