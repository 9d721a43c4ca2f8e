"""What the rules ask of the world outside: it takes long, so the answer comes later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chatkit.store.records import Query

if TYPE_CHECKING:
    from chatkit.ircd.state import Session


class Job:
    """A query for the worker pool. ``resume`` takes its answer, under the lock, unless the session is gone by then.

    ``refusal`` is what the session is told if the query fails.

    Until then the session's next lines wait, so its answers stay in the order of its commands; nobody else waits.
    """

    __slots__ = ("query", "refusal", "resume", "session")

    def __init__(self, session: Session, query: Query, resume: Callable[[Any], None], refusal: Exception) -> None:
        self.session = session
        self.query = query
        self.resume = resume
        self.refusal = refusal
