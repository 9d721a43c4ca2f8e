"""From results to tables: rows of text, and how they are written for a terminal and a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table as RichTable

from benchmarks.goals import NOT_MEASURED, Goal
from benchmarks.results import Comparison, Results, middle, ratio, spread
from benchmarks.servers import CHATKIT, PEERS, Server
from benchmarks.workloads import Figure, Workload

NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """Texts. The columns whose headings are in LEFT hold words, the others figures."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


LEFT = frozenset({"", "unit", "what must hold", "within each round"})


def measured(workloads: Iterable[Workload], servers: Sequence[Server], results: Results) -> Table:
    """The large one: a row for each figure, a column for each server, and the ratio to the best peer."""
    heading = ("", "unit", *(server.name for server in servers), "to the best peer")
    rows = [_row(workload, figure, servers, results) for workload in workloads for figure in workload.figures]
    return Table(heading, tuple(rows))


def _row(workload: Workload, figure: Figure, servers: Sequence[Server], results: Results) -> tuple[str, ...]:
    label = f"{workload.name}: {figure.note}" if figure.note else workload.name
    cells = [format_spread(results.values(workload, server, figure)) for server in servers]
    peers = [results.median(workload, server, figure) for server in PEERS]
    times = ratio(results.median(workload, CHATKIT, figure), peers, figure.more_is_better)
    return (label, figure.unit, *cells, format_ratio(times if figure.is_compared else None))


def compared(comparisons: Iterable[Comparison], servers: Sequence[Server], results: Results) -> Table:
    """What was compared round by round: the median, and from the least to the greatest."""
    shown = [server for server in servers if any(server in comparison.servers for comparison in comparisons)]
    rows = [
        (
            comparison.label,
            comparison.unit,
            *(
                format_range(results.compared(comparison, server)) if server in comparison.servers else NOTHING
                for server in shown
            ),
        )
        for comparison in comparisons
    ]
    return Table(("within each round", "unit", *(server.name for server in shown)), tuple(rows))


def judged(goals: Iterable[Goal], results: Results, only_measured: bool = False) -> Table:
    """What must hold, and whether it does."""
    rows = [
        (
            goal.text,
            format_figure(goal.value(results)),
            f"{'≥' if goal.at_least else '≤'} {format_figure(goal.limit(results))}",
            goal.judge(results),
        )
        for goal in goals
        if not only_measured or goal.judge(results) != NOT_MEASURED
    ]
    return Table(("what must hold", "measured", "limit", "holds"), tuple(rows))


def format_figure(value: float | None) -> str:
    """Three digits that count, large figures with a letter."""
    if value is None:
        return NOTHING
    for limit, letter in ((1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e6 if letter == 'M' else 1e3):.3g} {letter}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def format_spread(values: Sequence[float]) -> str:
    """The median and, where there are several, how far they lie apart: half of it, as a share of the median."""
    centre, width = middle(values), spread(values)
    around = f" ± {width / centre:.0%}" if width is not None and centre else ""
    return format_figure(centre) + around


def format_range(values: Sequence[float]) -> str:
    if not values:
        return NOTHING
    around = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
    return f"{middle(values):.3g}{around}"


def format_ratio(value: float | None) -> str:
    return NOTHING if value is None else f"× {value:.2f}"


def as_rich(table: Table) -> RichTable:
    """For a terminal."""
    shown = RichTable(box=box.SIMPLE_HEAD)
    for name in table.heading:
        shown.add_column(name, justify="left" if name in LEFT else "right")
    for row in table.rows:
        shown.add_row(*row)
    return shown


def as_markdown(table: Table) -> str:
    """For a document."""
    rule = ["---" if name in LEFT else "---:" for name in table.heading]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [table.heading, rule, *table.rows]) + "\n"
