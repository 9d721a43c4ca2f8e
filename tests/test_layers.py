"""What import-linter's contracts in pyproject.toml cannot say themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chatkit"
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
CONTRACTS = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
LAYERS = CONTRACTS["imports go down only"]["layers"]
PURE = CONTRACTS["the protocol and the rules touch no socket, thread, clock, database or screen"]
WITHOUT_LAYER = {"chatkit.__init__", "chatkit.__main__"}  # the public names, and `python -m chatkit`
# Where the client meets sockets, threads, other programs and the clock.
IMPURE_CLIENT = {
    "blocking", "credentials", "dialing", "driver", "hub", "keychain", "notice", "runner", "trust",
}  # fmt: skip
HEAVY = {"asyncio", "chatkit.net", "chatkit.store.database", "click", "rich", "sqlite3", "textual", "tkinter"}


def modules() -> set[str]:
    """The modules and packages right under chatkit."""
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return {f"chatkit.{name}" for name in packages | {path.stem for path in PACKAGE.glob("*.py")}}


def imported_by(path: Path) -> Iterator[str]:
    """The modules that a file names in its import statements, wherever in it they stand."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded_by(*names: str) -> set[str]:
    """What a fresh interpreter has loaded after importing ``names``."""
    code = "import importlib, sys; [*map(importlib.import_module, sys.argv[1:])]; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", code, *names]
    run = subprocess.run(command, cwd=PACKAGE.parent, check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def test_every_module_has_its_layer():
    placed = {name.strip(" ()") for layer in LAYERS for name in layer.split("|")}
    assert modules() - WITHOUT_LAYER - placed == set()


def test_the_client_touches_sockets_threads_and_the_clock_in_few_places():
    found = {
        path.stem for path in PACKAGE.glob("client/**/*.py") if set(PURE["forbidden_modules"]) & set(imported_by(path))
    }
    assert found - IMPURE_CLIENT == set()


@pytest.mark.smoke
def test_the_protocol_and_the_rules_load_no_screen_and_no_database():
    below = [*PACKAGE.glob("proto/*.py"), *PACKAGE.glob("ircd/**/*.py")]
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in below]
    assert HEAVY & loaded_by(*names) == set()
