"""Gates: what costs a worker much waits its turn, so that a flood of it leaves workers for everything else.

Whoever waits, waits in the queue of the network it comes from, and networks take turns. So those who log in are not
kept waiting by somebody else who guesses passwords.
"""

from __future__ import annotations

from collections import deque

from chatkit.ircd.requests import CheckOper, CheckPassword, HashPassword, Job, SendMail
from chatkit.proto.addresses import network_of
from chatkit.store.records import SearchQuery

PASSWORDS_AT_ONCE, MAILS_AT_ONCE, SEARCHES_AT_ONCE = 2, 1, 1  # of the workers, which are four
MAX_WAITING = 200  # from one network


class Gate:
    """Lets so many jobs through at once."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: dict[str, deque[Job]] = {}  # by network, in the order of their turns

    def is_full(self, network: str) -> bool:
        """Whether nobody else from ``network`` may wait."""
        return len(self._waiting.get(network, ())) >= MAX_WAITING

    def put(self, job: Job) -> list[Job]:
        """Take a job. Returns those that may begin."""
        self._waiting.setdefault(network_of(job.session.address), deque()).append(job)
        return self._let_through()

    def done(self) -> list[Job]:
        """A job that was let through is done. Returns those that may begin."""
        self._free += 1
        return self._let_through()

    def _let_through(self) -> list[Job]:
        ready = []
        while self._free and self._waiting:
            network = next(iter(self._waiting))
            jobs = self._waiting.pop(network)
            job = jobs.popleft()
            if jobs:
                self._waiting[network] = jobs  # behind the others
            ready.append(job)
            self._free -= 1
        return ready


class Gates:
    """The gates, and which kind of work goes through which."""

    __slots__ = ("_by_kind", "passwords")

    def __init__(self) -> None:
        self.passwords, mails, searches = Gate(PASSWORDS_AT_ONCE), Gate(MAILS_AT_ONCE), Gate(SEARCHES_AT_ONCE)
        self._by_kind: dict[type[object], Gate] = {
            HashPassword: self.passwords,
            CheckPassword: self.passwords,
            CheckOper: self.passwords,
            SendMail: mails,
            SearchQuery: searches,  # there is one index, and whoever waits for it would keep a worker waiting
        }

    def put(self, job: Job) -> list[Job]:
        """Take a job. Returns those that may begin."""
        gate = self._by_kind.get(type(job.request))
        return [job] if gate is None else gate.put(job)

    def done(self, job: Job) -> list[Job]:
        """A job is done. Returns those that may begin."""
        gate = self._by_kind.get(type(job.request))
        return [] if gate is None else gate.done()
