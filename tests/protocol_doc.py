"""docs/protocol.md, taken apart: its tables, and the tests that it names."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "protocol.md"

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


class Cell(str):
    """What stands between two bars of a table."""

    __slots__ = ()

    @property
    def codes(self) -> list[str]:
        """All that is set as code in it."""
        return _CODE.findall(self)

    @property
    def code(self) -> str:
        """The first of these."""
        return self.codes[0]

    @property
    def link(self) -> str:
        """Where its first link leads."""
        return _LINK.findall(self)[0]

    @property
    def link_or_text(self) -> str:
        """Where its first link leads, or the whole of it."""
        return self.link if "](" in self else self

    @property
    def file(self) -> Path:
        """The file that its first link leads to."""
        return (FILE.parent / self.link).resolve()


Row = dict[str, Cell]


@cache
def text() -> str:
    return FILE.read_text("utf-8")


@cache
def table(section: str) -> list[Row]:
    """The rows of all tables between this heading of the second level and the next, by the words above the columns."""
    (found,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text(), re.MULTILINE | re.DOTALL)
    rows: list[Row] = []
    heads: list[Cell] = []
    for line in found.splitlines():
        cells = [Cell(cell.strip().replace(r"\|", "|")) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            heads = []
        elif not heads:
            heads = cells
        elif not set(line) <= set("|-"):
            assert len(cells) == len(heads), line
            rows.append(dict(zip(heads, cells, strict=True)))
    return rows


def column(section: str, head: str) -> list[str]:
    """The first code of each cell in a column; each once."""
    found = [row[head].code for row in table(section) if head in row]
    assert len(set(found)) == len(found), found
    return found


def links() -> list[str]:
    """Where every link of the document leads."""
    return _LINK.findall(text())


def tests() -> list[tuple[str, str]]:
    """The file and the name of every test that the document names."""
    return _TEST.findall(text())


def tests_in(cell: Cell) -> list[tuple[str, str]]:
    return _TEST.findall(cell)


@cache
def _definitions(file: str) -> dict[str, str]:
    """The source of everything that a test file defines, by its name: functions with their decorators, constants."""
    source = (ROOT / file).read_text("utf-8")
    lines, found = source.splitlines(), {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                found[ast.unparse(target)] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            helpers = _definitions(f"{node.module.replace('.', '/')}.py")
            found |= {alias.name: helpers[alias.name] for alias in node.names}
    return found


@cache
def source_of_test(file: str, name: str) -> str:
    """The source of a test, and of what its file defines that it uses: helpers, fixtures, constants.

    Raises KeyError where there is no such test.
    """
    definitions, used, to_do = _definitions(file), {}, [name]
    used[name] = definitions[name]
    while to_do:
        for word in set(re.findall(r"\w+", used[to_do.pop()])) & definitions.keys() - used.keys():
            used[word] = definitions[word]
            to_do.append(word)
    return "\n".join(used.values())
