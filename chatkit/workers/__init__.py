"""What takes long, done on the threads of the worker pool, where it may block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from chatkit.config import Config
from chatkit.ircd.requests import CheckOper, CheckPassword, HashPassword, LoadCredentials, SendMail, Work
from chatkit.proto import lookalikes, precis, scram
from chatkit.store.records import Query
from chatkit.workers.mail import Mailer
from chatkit.workers.operators import Operators
from chatkit.workers.passwords import Passwords


class Answers(Protocol):
    """The store, as far as it concerns the workers."""

    def answer(self, query: Query) -> Any:
        """The answer to a query. From any thread; blocks."""


class Workers:
    """Answers requests. From any number of threads at once; it keeps nothing that changes."""

    def __init__(self, store: Answers, config: Config) -> None:
        """Raises ConfigError."""
        self._store = store
        self._passwords = passwords = Passwords(store.answer, config.accounts)
        mailer, operators = Mailer(config.mail), Operators(config.opers, passwords.verify)
        self._table: dict[type[Work], Callable[[Any], Any]] = {
            HashPassword: lambda request: passwords.hash(request.password),
            CheckPassword: lambda request: passwords.check(request.key, request.password),
            LoadCredentials: lambda request: passwords.load(request.key),
            CheckOper: lambda request: operators.check(request.name, request.password),
            SendMail: lambda request: mailer.send(request.to, request.subject, request.text),
        }

    def answer(self, request: Query | Work) -> Any:
        """The answer to ``request``, which says what that is. Raises what comes up, MailError for one."""
        if isinstance(request, Work):
            return self._table[type(request)](request)
        return self._store.answer(request)

    def warm_up(self) -> None:
        """Load what names and log-ins need, some 0.3 seconds, so that nobody waits for it under the state lock."""
        for load in (precis.load, lookalikes.load, scram.load, self._passwords.load_library):
            load()
