"""The table of commands: every row can be typed, asked about, carried out and shown."""

from __future__ import annotations

import shlex
from importlib import import_module
from typing import Any

import click
import pytest

from chatkit.control import parsing, shows
from chatkit.control.fields import fields_of
from chatkit.control.number import Number
from chatkit.control.plan import Change
from chatkit.control.row import Row
from chatkit.control.runner import FUNCTIONS
from chatkit.control.table import TABLE
from chatkit.proto.privileges import PRIVILEGES

ROWS = list(TABLE.values())
FREE = {"undo", "complete", "restore", "doctor"}  # the first two ask for what it is about; the others ask no server


def by_name(row: Row) -> str:
    return row.name


def typed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The row that is meant by ``words``, and its parameters."""
    group = click.Group()
    parsing.fill(group, ROWS, lambda row: parsing.build(row, lambda row, params: (row.name, params)))
    with group.make_context("admin", words) as context:
        return group.invoke(context)


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_every_row_has_something_that_does_it(row):
    assert (row.name in FUNCTIONS) or row.local


@pytest.mark.parametrize("row", [row for row in ROWS if row.local], ids=by_name)
def test_what_is_done_without_a_server_is_there(row):
    module, _, name = row.local.partition(":")
    assert callable(getattr(import_module(module), name))


def test_nothing_is_done_that_has_no_row():
    assert set(FUNCTIONS) <= set(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_every_privilege_exists(row):
    assert row.privilege in PRIVILEGES or row.name in FREE


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_every_help_is_a_sentence(row):
    assert row.help.endswith(".")
    assert all(field.help.endswith((".", "]")) for field in fields_of(row.params) if not field.is_secret), row.name


@pytest.mark.parametrize("row", [row for row in ROWS if row.example], ids=by_name)
def test_every_example_means_its_row(row):
    name, params = typed(shlex.split(row.example))
    assert name == row.name
    assert set(params) <= set(row.params.__struct_fields__)


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_what_has_no_default_is_positional(row):
    required = {field.name for field in fields_of(row.params) if field.required and not field.is_secret}
    assert required <= set(row.positional)
    assert set(row.positional) <= set(row.params.__struct_fields__)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in FUNCTIONS], ids=by_name)
def test_what_changes_something_can_be_tried_first_and_takes_a_reason(row):
    assert (FUNCTIONS[row.name].kind in ("reads", "shows")) != issubclass(row.params, Change)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if not row.hidden and not row.local.startswith("chatkit.admin.")], ids=by_name
)
def test_every_answer_has_a_look(row):
    assert shows.is_known(row.shows)


# How they are typed


def test_durations_are_seconds():
    assert typed(["drain", "--for", "1h30m"]) == ("drain", {"lasts": 5400.0})


def test_what_is_no_duration_is_a_mistake_in_the_call():
    with pytest.raises(click.UsageError, match="'soon' is no span of time, as 30m, 1h or 2d"):
        typed(["drain", "--for", "soon"])


def test_several_words_make_one_text():
    assert typed(["announce", "Tea", "is", "ready", "--to", "#lobby"]) == (
        "announce",
        {"text": "Tea is ready", "to": "#lobby"},
    )


def test_words_with_commas_between_are_several():
    assert typed(["token", "create", "ci", "--scopes", "look, ban"]) == (
        "token.create",
        {"name": "ci", "scopes": ("look", "ban")},
    )


def test_what_is_not_given_is_left_to_the_server():
    assert typed(["stop"]) == ("stop", {})
    assert typed(["stop", "--dry-run", "--yes"]) == ("stop", {"dry_run": True, "confirmed": True})


def test_a_file_means_the_same_wherever_the_server_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert typed(["backup", "copy.tar"]) == ("backup", {"file": str(tmp_path / "copy.tar")})


def test_a_room_of_a_familys_name_is_still_a_room():
    assert typed(["room", "#lobby"])[0] == "room"
    assert typed(["room", "close", "#lobby"])[0] == "room.close"


def test_names_are_completed_by_whoever_knows_them():
    asked = []

    def complete(context: click.Context, kind: str, prefix: str) -> list[str]:
        asked.append((kind, prefix))
        return ["#lobby"]

    command = parsing.build(TABLE["announce"], lambda row, params: None, complete)
    option = next(param for param in command.params if param.name == "to")
    assert [item.value for item in option.shell_complete(click.Context(command), "#l")] == ["#lobby"]
    assert asked == [("room", "#l")]


def test_bounds_of_numbers_are_told_in_words():
    command = parsing.build(TABLE["audit"], lambda row, params: None)
    shown = command.get_help(click.Context(command))
    assert "[1 to 1,000]" in shown
    assert "[0 or more]" in shown
    assert "<=" not in shown


@pytest.mark.parametrize("number", ["0", "1001"])
def test_a_number_out_of_bounds_is_told_them_in_words(number):
    with pytest.raises(click.BadParameter, match=r"is out of range; it may be 1 to 1,000\.$"):
        typed(["audit", "--limit", number])


def test_a_number_with_one_bound_alone_is_told_that_in_a_sentence():
    with pytest.raises(click.BadParameter, match=r"^0 is out of range; it may be 1 or more\.$"):
        Number(1).convert("0", None, None)


@pytest.mark.parametrize("row", TABLE.values(), ids=by_name)
def test_what_is_for_programs_alone_is_no_option(row):
    fields = {field.name for field in fields_of(row.params) if field.face == "program"}
    assert not fields & {param.name for param in parsing.build(row, lambda row, params: None).params}
