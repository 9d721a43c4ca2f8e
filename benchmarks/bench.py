"""A whole run: every workload against every server, round by round, then the table and the curves."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks import curves, table
from benchmarks.generator import BenchError, Sample, build, drive
from benchmarks.machine import describe
from benchmarks.servers import CHATKIT, ROOT, SERVERS, Server, advice, running
from benchmarks.workloads import FULL_WORKLOADS, WORKLOADS, Workload

DOCUMENT = ROOT / "docs" / "speed.md"
PICTURES = ROOT / "docs" / "pictures"
RESULTS = ROOT / "build" / "bench"  # which git does not look at
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

CURVES: dict[str, Callable[[Path, bool, curves.Note], str]] = {
    "speed-members.svg": curves.by_members,
    "speed-history.svg": curves.by_stored,
}


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    rounds: int = 3
    quick: bool = False
    full: bool = False
    only: str = ""  # a part of the names of the workloads to run
    directory: Path | None = None  # where the servers keep their files
    write: bool = False  # whether the table and the pictures go into docs/

    @property
    def whole(self) -> bool:
        """Whether it is a run to keep, with curves."""
        return not (self.quick or self.only)


class Bench:
    """One run. ``samples`` are by the names of workload and server; ``failures`` say what could not be measured."""

    def __init__(self, options: Options, console: Console, directory: Path) -> None:
        self.options = options
        self.console = console
        self.directory = directory
        self.samples: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
        self.failures: list[str] = []
        self.broke_chatkit = False
        self.servers = tuple(server for server in SERVERS if server.installed)
        workloads = WORKLOADS + (FULL_WORKLOADS if options.full else ())
        self.workloads = tuple(w for w in workloads if options.only in w.name)

    def measure(self) -> None:
        """Run everything. The servers take turns, so that what else the machine does hits them all."""
        with self.console.status("") as status:
            for number in range(1, self.options.rounds + 1):
                for workload in self.workloads:
                    for server in self._servers_of(workload):
                        status.update(f"round {number} of {self.options.rounds}: {workload.name}: {server.name}")
                        self._one(workload, server)

    def _servers_of(self, workload: Workload) -> list[Server]:
        return [server for server in self.servers if server in workload.servers]

    def _one(self, workload: Workload, server: Server) -> None:
        try:
            with running(server, self.directory / "server", workload.settings) as started:
                arguments = [*workload.command(self.options.quick), "--parallel", str(server.parallel)]
                sample = drive(self.directory, started.port, started.pid, arguments)
        except BenchError as error:
            self.failures.append(f"{workload.name}: {server.name}: {error}")
            self.broke_chatkit = self.broke_chatkit or server.program is None
            return
        self.samples[workload.name, server.name].append(sample)

    def rows(self) -> list[table.Row]:
        return table.rows_of(self.workloads, self.servers, self.samples)

    def busiest(self) -> float:
        """The most that the generator was busy in a flood that chatkit handed out, as a share of one processor."""
        floods = [
            sample.generator_busy
            for (_, server), samples in self.samples.items()
            for sample in samples
            if server == CHATKIT.name and sample.rate is not None
        ]
        return max(floods, default=0.0)

    def draw(self) -> dict[str, str]:
        """The pictures by their names."""
        with self.console.status("") as status:
            return {name: draw(self.directory, self.options.full, status.update) for name, draw in CURVES.items()}


def run(options: Options, console: Console) -> int:
    """Measure, print, and write the document's part if that is wanted. Returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="chatkit-bench-", dir=options.directory) as name:
        directory = Path(name)
        build(directory)
        bench = Bench(options, console, directory)
        facts = describe(bench.servers, directory)
        _print(console, *facts, *filter(None, [advice()]))
        bench.measure()
        console.print(table.as_rich(bench.rows(), bench.servers))
        notes = _notes(bench)
        _print(console, *notes, *bench.failures)
        if options.whole:
            _keep(bench, [*facts, *notes])
    return int(bench.broke_chatkit)


def _notes(bench: Bench) -> list[str]:
    return [
        f"medians of {bench.options.rounds}; the last column is above 1 where chatkit is better than the best peer",
        "'bare C' hands on what it reads and does nothing else: what the generator and this machine allow",
        f"the generator was busy for at most {bench.busiest():.0%} of one processor in chatkit's floods",
    ]


def _print(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _keep(bench: Bench, facts: list[str]) -> None:
    measured = table.as_markdown(bench.rows(), bench.servers) + "\n" + "".join(f"- {fact}\n" for fact in facts)
    pictures = PICTURES if bench.options.write else RESULTS
    pictures.mkdir(parents=True, exist_ok=True)
    for name, picture in bench.draw().items():
        (pictures / name).write_text(picture)
        _print(bench.console, f"drew {(pictures / name).relative_to(ROOT)}")
    if bench.options.write:
        DOCUMENT.write_text(replace_measured(DOCUMENT.read_text(), measured))
        _print(bench.console, f"wrote the table into {DOCUMENT.relative_to(ROOT)}")


def replace_measured(document: str, measured: str) -> str:
    """``document`` with what stands between its two marks replaced."""
    before, found, rest = document.partition(BEGIN)
    _old, ended, after = rest.partition(END)
    if not (found and ended):
        raise BenchError(f"the document lacks its marks, {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{measured}\n{END}{after}"
