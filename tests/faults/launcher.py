"""``python -m tests.faults.launcher FAULT[:ARGUMENT] serve ...``: chatkit in a process in which something goes wrong.

The product has no hook for it: what fails is patched before the server starts.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from chatkit import cli, server
from chatkit.ircd import apply, staging
from chatkit.ircd.commands import COMMANDS, Command
from chatkit.ircd.ircd import Ircd

VICTIM = "victim"  # whose commands come to grief
FATAL = b"explode"  # what a line must have in it so that it cannot be handed out


class Injected(Exception):
    """What is thrown."""


def clock(file: str) -> None:
    """The clock is so many seconds wrong as ``file`` says. It is read when the process gets SIGUSR1."""
    seconds = [0.0]
    real_ns, real = time.time_ns, time.time

    def step(number: int, frame: FrameType | None) -> None:
        seconds[0] = float(Path(file).read_text())

    time.time_ns = lambda: real_ns() + int(seconds[0] * 1e9)
    time.time = lambda: real() + seconds[0]
    signal.signal(signal.SIGUSR1, step)


def handlers(_: str) -> None:
    """Every command of the victim's ends with an exception, but for what it needs to be there."""
    for name, row in COMMANDS.items():
        COMMANDS[name] = Command(name, _failing(row.handler), row.min_params, row.before_registration)


def _failing(handler: Callable[..., None]) -> Callable[..., None]:
    def fail(ctx: Any, message: Any) -> None:
        if ctx.session.user is not None and ctx.session.user.nick == VICTIM and message.command != "PING":
            raise Injected(message.command)
        handler(ctx, message)

    return fail


def appliers(when: str) -> None:
    """Whatever the victim brings about ends with an exception, ``before`` or ``after`` it was carried out."""
    real = dict(apply.APPLIERS)
    for kind, applier in real.items():
        apply.APPLIERS[kind] = _failing_applier(applier, when)


def _failing_applier(applier: Callable[..., None], when: str) -> Callable[..., None]:
    def fail(ircd: Any, event: Any, origin: Any) -> None:
        user = None if origin is None else origin.session.user
        is_fatal = user is not None and user.nick == VICTIM
        if is_fatal and when == "before":
            raise Injected(type(event).__name__)
        applier(ircd, event, origin)
        if is_fatal:
            raise Injected(type(event).__name__)

    return fail


def jobs(_: str) -> None:
    """Whatever a worker does for the victim ends with an exception."""
    whose = threading.local()
    answer, see_to = server.Server._answer, server.Server._see_to

    def answer_for(self: server.Server, job: Any) -> None:
        whose.nick = job.session.nick
        answer(self, job)

    def fail(self: server.Server, request: Any) -> object:
        if whose.nick == VICTIM:
            raise Injected(type(request).__name__)
        return see_to(self, request)

    server.Server._answer = answer_for  # type: ignore[method-assign]
    server.Server._see_to = fail  # type: ignore[method-assign]


def hand_out(_: str) -> None:
    """What has FATAL in it cannot be handed out."""
    encode = staging.Frame.encode

    def fail(self: staging.Frame, profile: int) -> bytes:
        if FATAL in self.body:
            raise Injected("hand_out")
        return encode(self, profile)

    staging.Frame.encode = fail  # type: ignore[method-assign]


def timers(_: str) -> None:
    """The looks for those who have fallen silent end with an exception, always."""

    def fail(self: Ircd, now: object) -> None:
        print("a look failed", flush=True)  # noqa: T201  # for the test to see
        raise Injected("check_silence")

    Ircd.check_silence = fail  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[str], None]] = {
    "clock": clock,
    "handlers": handlers,
    "appliers": appliers,
    "jobs": jobs,
    "hand_out": hand_out,
    "timers": timers,
}


def main() -> None:
    fault, *sys.argv[1:] = sys.argv[1:]
    name, _, argument = fault.partition(":")
    FAULTS[name](argument)
    cli.main()


if __name__ == "__main__":
    main()
