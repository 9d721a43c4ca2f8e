"""python -m benchmarks: the command line."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import msgspec
from rich.console import Console

from benchmarks import regression, work
from benchmarks.bench import Options
from benchmarks.bench import run as run_bench
from benchmarks.clients import run as run_clients
from benchmarks.generator import BenchError

INTERRUPTED, TERMINATED = 130, 143  # exit status
QUICK_ROUNDS = 1
WIDTH = 150  # of tables that go to no terminal


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """How fast is chatkit on this machine?"""


@cli.command()
@click.option("--rounds", type=click.IntRange(1, 100), help="Runs of each workload.  [default: 3; quick: 1]")
@click.option("--quick", is_flag=True, help="One short round: about a minute, and rough figures.")
@click.option("--full", is_flag=True, help="10,000 clients, 5,000 members, 10 million stored messages: half an hour.")
@click.option("--only", default="", metavar="WORDS", help="Only workloads with WORDS in their names.")
@click.option("--curves/--no-curves", default=True, help="Whether to draw the curves.  [default: on]")
@click.option("--install", is_flag=True, help="Install the servers to compare with that are missing, unasked.")
@click.option("--directory", type=click.Path(exists=True, file_okay=False, path_type=Path), help="For servers' files.")
@click.option("--write", is_flag=True, help="Put the tables and the curves into docs/; else the curves go to build/.")
def run(rounds: int | None, quick: bool, **options: object) -> None:
    """Measure chatkit beside the servers that are installed, and print the tables."""
    signal.signal(signal.SIGTERM, _terminate)
    if options["write"] and (quick or options["only"]):
        raise click.UsageError("--write is for a whole run, without --quick and --only")
    rounds = rounds or (QUICK_ROUNDS if quick else Options.rounds)
    console = _console()
    try:
        ask = click.confirm if sys.stdin.isatty() and sys.stdout.isatty() else None
        status = run_bench(Options(rounds=rounds, quick=quick, **options), console, ask)  # type: ignore[arg-type]
    except BenchError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = INTERRUPTED
    raise SystemExit(status)


@cli.command()
@click.option("--only", default="", metavar="WORD", help="Only those of 'starts', 'keys', 'scrolling', 'desktop'.")
def clients(only: str) -> None:
    """Measure how quick the clients are: four minutes."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        run_clients(only)
    except BenchError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        raise SystemExit(1) from error


@cli.command()
def count() -> None:
    """Print what a message costs in function calls: the same on every run."""
    print("\n".join(work.report()))


@cli.command()
@click.option("--accept", is_flag=True, help="Keep what is measured now as accepted: half a minute.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, compared with nothing.")
def check(accept: bool, as_json: bool) -> None:
    """Compare what a message costs with what was accepted last: a few seconds, as continuous integration does."""
    if as_json:
        print(msgspec.json.encode(regression.measure_all()).decode())
        return
    record = regression.accept() if accept else regression.load()
    costs = regression.measure_all()
    console = _console()
    console.print(regression.table(costs, record))
    print(regression.note(record))
    if failed := regression.failures(costs, record):
        print(f"benchmarks: too many calls: {', '.join(failed)}", file=sys.stderr)
        raise SystemExit(1)


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=WIDTH)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)  # so that the servers are ended


if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
