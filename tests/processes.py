"""Real chatkit processes for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

STARTED = re.compile(r"Server started on IP (\S+) and port (\d+)")
DEADLINE = 30.0


def chatkit(*arguments: str, module: Sequence[str] = ("chatkit",), **options: object) -> subprocess.Popen[str]:
    """Start ``chatkit`` with pipes for its standard streams, as text; or another ``module`` that does so."""
    defaults = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **options.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.Popen([sys.executable, "-m", *module, *arguments], env=environment, **{**defaults, **options})


class ServerProcess:
    """``chatkit serve`` on a free port. ``lines`` are what it has printed so far."""

    def __init__(
        self,
        data: Path,
        *arguments: str,
        port: int = 0,
        preexec_fn: Callable[[], object] | None = None,
        module: Sequence[str] = ("chatkit",),
    ) -> None:
        options = ("--data", str(data), "--port", str(port), *arguments)
        self.process = chatkit(
            "serve",
            *options,
            module=module,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            preexec_fn=preexec_fn,
        )
        self.lines: list[str] = []
        started = STARTED.search(self.wait_for("Server started"))
        assert started is not None
        self.port = int(started[2])

    def wait_for(self, text: str) -> str:
        """The next printed line that holds ``text``. The test's timeout ends the wait."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return self.lines[-1]
        raise AssertionError(f"never printed {text!r}; printed {self.lines}")

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.process.kill()
        self.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, if it has not. Returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Its exit status, once it has ended by itself."""
        assert self.process.stdout is not None
        if not self.process.stdout.closed:
            self.lines += self.process.stdout.read().splitlines()
            self.process.stdout.close()
        return self.process.wait(DEADLINE)
