"""Tests that documents and tables name: ``tests/ircd/test_door.py::test_so_many_connections_in_all``."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def _tests_of(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def is_test(name: str) -> bool:
    """Whether there is a test of this name."""
    path, _, function = name.partition("::")
    return function.startswith("test_") and function in _tests_of(ROOT / path)
