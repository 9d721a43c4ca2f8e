"""Commands typed as a line of text, as OperServ gets them: the line becomes a request, its answer lines again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import click

from chatkit.client.splitting import split_text
from chatkit.control import parsing
from chatkit.control.fields import fields_of
from chatkit.control.plan import Actor
from chatkit.control.row import Row
from chatkit.control.rpc import RpcError
from chatkit.control.runner import FUNCTIONS, Desk, call
from chatkit.control.table import TABLE
from chatkit.control.tables import LOOKS, lines_of

HELP = "help"
MAX_BYTES = 350  # of a line of an answer, so that nothing of it is cut off
_SUMMARY_END = re.compile(r"[.:](?: |$)")  # of the first sentence of a help
_ELSEWHERE = ("password", "file")  # types of fields that mean nothing to somebody who types elsewhere


def run_line(desk: Desk, line: str, actor: Actor) -> tuple[str, ...]:
    """Do what ``line`` says, and answer in lines, each as long as a NOTICE may be. Never raises."""
    try:
        lines = _run(desk, shlex.split(line), actor)
    except ValueError as error:
        lines = [f"That cannot be read: {error}".lower().capitalize()]
    except click.ClickException as error:
        lines = error.format_message().splitlines()
    except RpcError as error:
        lines = [_sentence(str(error))]
    return tuple(part for line in lines for part in split_text(line, MAX_BYTES))


def _run(desk: Desk, words: list[str], actor: Actor) -> list[str]:
    if not words or words[0].lower() == HELP:
        return list(_help(words[1:], actor))
    name, found = _parse(words)
    row = TABLE[name]
    return lines_of(row, call(desk, name, found, actor), dry=bool(found.get("dry_run")))


def _parse(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command that is typed, and its parameters by name. Raises click.ClickException."""
    with _commands().make_context("", [words[0].lower(), *words[1:]]) as context:
        found: tuple[str, dict[str, Any]] = _commands().invoke(context)
        return found


def _help(words: list[str], actor: Actor) -> Iterator[str]:
    rows = [row for row in _rows() if not row.privilege or actor.may(row.privilege)]
    wanted = ".".join(words).lower()
    if row := next((row for row in rows if row.name == wanted), None):
        yield from _usage(row)
        return
    rows = [row for row in rows if not wanted or row.name.startswith(f"{wanted}.")]
    if not rows:
        yield f"There is no {wanted}, or you may not use it. Try HELP."
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        yield f"{_typed(row):<{width}}  {_SUMMARY_END.split(row.help)[0]}."
    yield "For more of one of them: HELP <command>"


def _usage(row: Row) -> Iterator[str]:
    command = parsing.build(row, lambda row, params: None, at_terminal=False)
    context = click.Context(command, info_name=_typed(row))
    yield f"Syntax: {' '.join([_typed(row), *command.collect_usage_pieces(context)])}"
    yield row.help
    for field in fields_of(row.params):
        if field.name in row.positional:
            yield f"{parsing.name_of(field)}  {field.help}"
    records = (param.get_help_record(context) for param in command.params if isinstance(param, click.Option))
    for record in filter(None, records):
        yield "  ".join(record)
    if row.example:
        yield f"Example: {row.example}"


@cache
def _commands() -> click.Group:
    """All that can be asked this way. They give back what was typed, and do nothing."""
    group = click.Group(no_args_is_help=False, add_help_option=False)
    parsing.fill(group, _rows(), _echoing)
    for command in group.commands.values():
        _silent(command)
    return group


def _echoing(row: Row) -> click.Command:
    return _silent(parsing.build(row, lambda row, params: (row.name, params), at_terminal=False))


def _silent(command: click.Command) -> click.Command:
    # Help is for a terminal: Click prints it.
    command.add_help_option = command.no_args_is_help = False
    return command


@cache
def _rows() -> tuple[Row, ...]:
    return tuple(row for row in TABLE.values() if row.name in FUNCTIONS and not row.hidden and _can_be_typed(row))


def _can_be_typed(row: Row) -> bool:
    """Whether it makes sense here: no screen of its own, no file, and nothing secret to be typed."""
    if row.local and row.shows not in LOOKS:
        return False
    return not any(field.is_secret or field.extra.get("type") in _ELSEWHERE for field in fields_of(row.params))


def _typed(row: Row) -> str:
    return row.name.replace(".", " ")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
