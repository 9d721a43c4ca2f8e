"""From samples to the table: medians, ratios, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich import box
from rich.table import Table

from benchmarks.generator import Sample
from benchmarks.servers import CHATKIT, PEERS, Server
from benchmarks.workloads import Figure, Workload

NOTHING = "–"
LEAST = 1e-9  # what is less counts as nothing, and a ratio to nothing says nothing

Samples = Mapping[tuple[str, str], Sequence[Sample]]  # by the names of workload and server


@dataclass(frozen=True)
class Row:
    """One line of the table. ``cells`` are medians, in the order of the table's servers."""

    label: str
    figure: Figure
    cells: tuple[float | None, ...]
    ratio: float | None  # how many times as good as the best peer chatkit is


def rows_of(workloads: Iterable[Workload], servers: Sequence[Server], samples: Samples) -> list[Row]:
    """The rows that ``samples`` make."""
    return [_row(workload, figure, servers, samples) for workload in workloads for figure in workload.figures]


def _row(workload: Workload, figure: Figure, servers: Sequence[Server], samples: Samples) -> Row:
    by_server = {server: _median(samples.get((workload.name, server.name), ()), figure) for server in servers}
    label = f"{workload.name}: {figure.note}" if figure.note else workload.name
    peers = [value for server in PEERS if (value := by_server.get(server)) is not None]
    return Row(label, figure, tuple(by_server.values()), ratio(by_server.get(CHATKIT), peers, figure.more_is_better))


def _median(samples: Sequence[Sample], figure: Figure) -> float | None:
    values = [getattr(sample, figure.field) for sample in samples]
    known = [value for value in values if value is not None]
    return median(known) * figure.scale if known else None


def ratio(ours: float | None, peers: Sequence[float], more_is_better: bool) -> float | None:
    """How many times as good as the best of ``peers``: 2.0 is twice the rate, or half the delay."""
    if ours is None or not peers:
        return None
    better, worse = (ours, max(peers)) if more_is_better else (min(peers), ours)
    return better / worse if worse > LEAST and better > LEAST else None


def format_figure(value: float | None) -> str:
    """Three digits that count, large figures with a letter."""
    if value is None:
        return NOTHING
    for limit, letter in ((1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e6 if letter == 'M' else 1e3):.3g} {letter}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def format_ratio(value: float | None) -> str:
    return NOTHING if value is None else f"× {value:.2f}"


def header(servers: Sequence[Server]) -> list[str]:
    return ["", "unit", *(server.name for server in servers), "to the best peer"]


def texts(row: Row) -> list[str]:
    """A row as the table shows it."""
    return [row.label, row.figure.unit, *map(format_figure, row.cells), format_ratio(row.ratio)]


def as_rich(rows: Iterable[Row], servers: Sequence[Server]) -> Table:
    """The table for a terminal."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in header(servers):
        table.add_column(name, justify="left" if name in ("", "unit") else "right")
    for row in rows:
        table.add_row(*texts(row))
    return table


def as_markdown(rows: Iterable[Row], servers: Sequence[Server]) -> str:
    """The table for a document."""
    names = header(servers)
    rule = ["---" if name in ("", "unit") else "---:" for name in names]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [names, rule, *map(texts, rows)]) + "\n"
