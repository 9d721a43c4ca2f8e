"""Where a run's tables and pictures go: into docs/, or into build/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import table
from benchmarks.drawing import Drawn
from benchmarks.generator import BenchError
from benchmarks.running import ROOT

DOCUMENT = ROOT / "docs" / "speed.md"
PICTURES = ROOT / "docs" / "pictures"
RESULTS = ROOT / "build" / "bench"  # which git does not look at
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def keep(drawn: Mapping[str, Drawn], tables: Sequence[table.Table], facts: Sequence[str], write: bool) -> list[str]:
    """Write the pictures, and the document's part if it is to be written. Returns what was done, a line each."""
    pictures = PICTURES if write else RESULTS
    for name, one in drawn.items():
        pictures.mkdir(parents=True, exist_ok=True)
        (pictures / name).write_text(one.svg)
    did = [f"drew {(pictures / name).relative_to(ROOT)}" for name in drawn]
    if write:
        parts = [*map(table.as_markdown, tables), "".join(f"- {fact}\n" for fact in facts)]
        DOCUMENT.write_text(replace_measured(DOCUMENT.read_text(), "\n".join(parts)))
        did.append(f"wrote the tables into {DOCUMENT.relative_to(ROOT)}")
    return did


def replace_measured(document: str, measured: str) -> str:
    """``document`` with what stands between its two marks replaced."""
    before, found, rest = document.partition(BEGIN)
    _old, ended, after = rest.partition(END)
    if not (found and ended):
        raise BenchError(f"the document lacks its marks, {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{measured}\n{END}{after}"
