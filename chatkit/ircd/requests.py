"""What the rules ask of the world outside: it takes long, so the answer comes later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from chatkit.proto.scram import ScramKeys
from chatkit.store.records import Entry, Query

if TYPE_CHECKING:
    from chatkit.ircd.state import Session


class StoreNow(msgspec.Struct, frozen=True):
    """Commit ``entries`` before anything comes of them: for what a full disk must not undo. The answer is None."""

    entries: tuple[Entry, ...]


class Reload(msgspec.Struct, frozen=True):
    """Read settings, message of the day and certificates again, and go on with them. The answer is Reloaded."""


class Reloaded(msgspec.Struct, frozen=True):
    """What came of that: the dotted keys that have changed, and those that have to wait for a restart.

    Or else the ``error``, one line; then nothing has changed.
    """

    changed: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    error: str = ""


class RunCommand(msgspec.Struct, frozen=True):
    """Do what an operator typed, as far as his privileges allow. The answer are lines for him: strings in a tuple."""

    line: str
    who: str  # for the audit log
    privileges: frozenset[str]

    def __repr__(self) -> str:
        return f"RunCommand(..., {self.who!r})"


class Work(msgspec.Struct, frozen=True):
    """What a worker does that is no business of the store: see ``chatkit.workers``."""


Request = Query | StoreNow | Reload | RunCommand | Work


class Job:
    """A request for the worker pool. ``resume`` takes its answer, under the lock, unless the session is gone by then.

    ``refusal`` is what the session is told if the request fails. ``settled``, if there is one, takes the answer, or the
    exception, before that and whether the session is there or not: for what must not depend on it.

    Until then the session's next lines wait, so its answers stay in the order of its commands; nobody else waits.
    """

    __slots__ = ("refusal", "request", "resume", "session", "settled")

    def __init__(
        self,
        session: Session,
        request: Request,
        resume: Callable[[Any], None],
        refusal: Exception,
        settled: Callable[[Any], None] | None = None,
    ) -> None:
        self.session = session
        self.request = request
        self.resume = resume
        self.refusal = refusal
        self.settled = settled


CREDENTIALS = "credentials"  # the kind of document that keeps them, under the account's key


class Credentials(msgspec.Struct, frozen=True):
    """What is kept of an account's password. Saved as JSON; never shows in a log."""

    password: str  # argon2id, as PHC text
    scram: ScramKeys | None  # for SCRAM-SHA-256; None: the password has characters that SCRAM forbids

    def __repr__(self) -> str:
        return "Credentials(...)"


class HashPassword(Work, frozen=True):
    """The Credentials for a new password, which ``proto.passwords.prepare`` accepts."""

    password: str

    def __repr__(self) -> str:
        return "HashPassword(...)"


class CheckPassword(Work, frozen=True):
    """Whether the account with this key has this password. It takes as long for an account that does not exist."""

    key: str
    password: str

    def __repr__(self) -> str:
        return f"CheckPassword({self.key!r}, ...)"


class LoadCredentials(Work, frozen=True):
    """The Credentials of the account with this key, or None: ``proto.scram.made_up_keys`` has others to go on with."""

    key: str


class CheckOper(Work, frozen=True):
    """Whether the IRC operator called ``name`` has this password. It takes as long for one that does not exist."""

    name: str
    password: str

    def __repr__(self) -> str:
        return f"CheckOper({self.name!r}, ...)"


class SendMail(Work, frozen=True):
    """Hand a message to the mail server. The answer is None; where it fails, the operator's log has the reason."""

    to: str
    subject: str
    text: str

    def __repr__(self) -> str:
        return f"SendMail({self.to!r}, ...)"
