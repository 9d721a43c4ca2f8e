"""Gates: what costs a worker much waits its turn, so that a flood of it leaves workers for everything else.

Whoever waits, waits in the queue of the network it comes from, and networks take turns. So those who log in are not
kept waiting by somebody else who guesses passwords.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from chatkit import config
from chatkit.ircd.requests import CheckOper, CheckPassword, HashPassword, Job, RunCommand, SendMail
from chatkit.proto.addresses import network_of
from chatkit.store.records import SearchQuery

MAILS_AT_ONCE = 1  # one mail server is talked to
COMMANDS_AT_ONCE = 1  # of operators; some wait for each other anyway, and would keep the workers meanwhile


class Gate:
    """Lets so many jobs through at once, and lets so many from one network wait; settings can change both."""

    __slots__ = ("_at_once", "_most", "_under_way", "_waiting")

    def __init__(self, at_once: Callable[[], int], most: Callable[[], int]) -> None:
        self._at_once, self._most = at_once, most
        self._under_way = 0
        self._waiting: dict[str, deque[Job]] = {}  # by network, in the order of their turns

    def is_full(self, network: str) -> bool:
        """Whether nobody else from ``network`` may wait."""
        return len(self._waiting.get(network, ())) >= self._most()

    def put(self, job: Job) -> list[Job]:
        """Take a job. Returns those that may begin."""
        self._waiting.setdefault(network_of(job.session.address), deque()).append(job)
        return self._let_through()

    def done(self) -> list[Job]:
        """A job that was let through is done. Returns those that may begin."""
        self._under_way -= 1
        return self._let_through()

    def _let_through(self) -> list[Job]:
        ready: list[Job] = []
        while self._waiting and self._under_way < self._at_once():
            network = next(iter(self._waiting))
            jobs = self._waiting.pop(network)
            job = jobs.popleft()
            if jobs:
                self._waiting[network] = jobs  # behind the others
            ready.append(job)
            self._under_way += 1
        return ready


class Gates:
    """The gates, and which kind of work goes through which."""

    __slots__ = ("_by_kind", "passwords", "searches")

    def __init__(self, settings: Callable[[], config.Limits]) -> None:
        def gate(at_once: Callable[[], int]) -> Gate:
            return Gate(at_once, lambda: settings().waiting_per_address)

        self.passwords = gate(lambda: settings().passwords_at_once)
        self.searches = gate(lambda: settings().searches_at_once)
        self._by_kind: dict[type[object], Gate] = {
            HashPassword: self.passwords,
            CheckPassword: self.passwords,
            CheckOper: self.passwords,
            SendMail: gate(lambda: MAILS_AT_ONCE),
            RunCommand: gate(lambda: COMMANDS_AT_ONCE),
            SearchQuery: self.searches,  # there is one index, and whoever waits for it would keep a worker waiting
        }

    def put(self, job: Job) -> list[Job]:
        """Take a job. Returns those that may begin."""
        gate = self._by_kind.get(type(job.request))
        return [job] if gate is None else gate.put(job)

    def done(self, job: Job) -> list[Job]:
        """A job is done. Returns those that may begin."""
        gate = self._by_kind.get(type(job.request))
        return [] if gate is None else gate.done()
