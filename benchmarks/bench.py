"""A whole run: every workload against every server, round by round, then the tables and the curves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks import checks, document, installing, machine, table
from benchmarks.curves import CURVES
from benchmarks.drawing import Drawn, Scene
from benchmarks.generator import BenchError, build, drive
from benchmarks.goals import GOALS
from benchmarks.results import COMPARISONS, Results
from benchmarks.running import running
from benchmarks.servers import SERVERS, Server
from benchmarks.workloads import WORKLOADS, Workload


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    rounds: int = 3
    quick: bool = False
    full: bool = False
    only: str = ""  # a part of the names of the workloads to run
    curves: bool = True
    directory: Path | None = None  # where the servers keep their files
    install: bool = False  # whether the peers that are missing are installed, unasked
    write: bool = False  # whether the tables and the pictures go into docs/

    @property
    def whole(self) -> bool:
        """Whether it is a run to keep, with curves."""
        return not (self.quick or self.only)


class Bench:
    """One run. ``failures`` say what could not be measured."""

    def __init__(self, options: Options, console: Console, directory: Path) -> None:
        self.options = options
        self.console = console
        self.directory = directory
        self.results = Results()
        self.failures: list[str] = []
        self.broke_chatkit = False
        self.servers = tuple(server for server in SERVERS if server.installed)
        self.workloads = tuple(w for w in WORKLOADS if options.only in w.name and self._has_files(w))

    def _has_files(self, workload: Workload) -> bool:
        allowed = machine.files_allowed()
        if workload.files > allowed:
            self.failures.append(f"{workload.name}: needs {workload.files:,} descriptors; 'ulimit -Hn' is {allowed:,}")
        return workload.files <= allowed

    def measure(self) -> None:
        """Run everything. The servers take turns, so that what else the machine does hits them all."""
        with self.console.status("") as status:
            for number in range(1, self.options.rounds + 1):
                for workload in self.workloads:
                    for server in self._servers_of(workload):
                        status.update(f"round {number} of {self.options.rounds}: {workload.name}: {server.name}")
                        self._one(number, workload, server)

    def _servers_of(self, workload: Workload) -> list[Server]:
        return [server for server in self.servers if server in workload.servers]

    def _one(self, number: int, workload: Workload, server: Server) -> None:
        try:
            with running(server, self.directory / "server", workload.settings, tls=workload.tls) as started:
                arguments = workload.command(server, self.options.quick)
                sample = drive(self.directory, started.port, started.pid, arguments)
        except BenchError as error:
            self.failures.append(f"{workload.name}: {server.name}: {error}")
            self.broke_chatkit = self.broke_chatkit or server.program is None
            return
        self.results.add(workload, server, number, sample)

    def tables(self) -> list[table.Table]:
        """Those that have rows."""
        comparisons = [c for c in COMPARISONS if {c.over, c.under} <= set(self.workloads)]
        found = [table.measured(self.workloads, self.servers, self.results)]
        if comparisons:
            found.append(table.compared(comparisons, self.servers, self.results))
        return [*found, table.judged(GOALS, self.results, only_measured=not self.options.whole)]

    def notes(self) -> list[str]:
        """How to read the tables, and what was checked."""
        return [
            f"medians of {self.options.rounds} rounds, ± half of what lies between the least and the greatest; "
            "the last column is above 1 where chatkit is better than the best peer",
            *checks.handshakes(self.results),
            *checks.generator(self.results),
        ]

    def draw(self) -> dict[str, Drawn]:
        """The curves by their files' names; one that fails is left out and said."""
        drawn = {}
        with self.console.status("") as status:
            scene = Scene(self.directory, self.options.full, status.update)
            for name, curve in CURVES.items():
                try:
                    drawn[name] = curve(scene)
                except BenchError as error:
                    self.failures.append(f"{name}: {error}")
        return drawn


def run(options: Options, console: Console, ask: Callable[[str], bool] | None = None) -> int:
    """Measure, print, and write the document's part if that is wanted. Returns the exit status.

    ``ask`` puts a question to a person; None where there is none.
    """
    say = _printer(console)
    installing.offer(installing.missing(), options.install, ask, say)
    machine.allow_files()
    with tempfile.TemporaryDirectory(prefix="chatkit-bench-", dir=options.directory) as name:
        directory = Path(name)
        build(directory)
        bench = Bench(options, console, directory)
        facts = machine.describe(bench.servers, directory)
        say(*facts)
        bench.measure()
        for shown in bench.tables():
            console.print(table.as_rich(shown))
        say(*bench.notes())
        drawn = bench.draw() if options.whole and options.curves else {}
        told = [fact for one in drawn.values() for fact in one.facts]
        say(*told, *bench.failures)
        say(*document.keep(drawn, bench.tables(), [*facts, *bench.notes(), *told], options.write))
    return int(bench.broke_chatkit)


def _printer(console: Console) -> Callable[..., None]:
    def say(*lines: str) -> None:
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)

    return say
