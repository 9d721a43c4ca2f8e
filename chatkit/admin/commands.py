"""The commands of the table for the shell: ``chatkit admin`` and, for accounts alone, ``chatkit account``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, NoReturn

import click

from chatkit.admin.asking import meant
from chatkit.admin.doing import Fallback, Here, carry_out
from chatkit.admin.errors import AdminError
from chatkit.admin.options import given, hidden, json_option, local_options, password_option, place_options
from chatkit.control.fields import fields_of
from chatkit.control.parsing import build, fill
from chatkit.control.row import Row
from chatkit.control.table import TABLE

Commands = MutableMapping[str, click.Command]


def here_of(ctx: click.Context, fallback: Fallback | None = None) -> Here:
    """The server that the options of a call name."""
    return Here(
        data=given(ctx, "at_data"),
        config_file=given(ctx, "at_config"),
        server=given(ctx, "at_server"),
        token_file=given(ctx, "at_token"),
        fingerprint=given(ctx, "at_fingerprint"),
        fallback=fallback,
    )


def admin_commands() -> Commands:
    """What ``chatkit admin`` has."""
    return _commands(TABLE.values(), None, place_options)


def account_commands(fallback: Fallback) -> Commands:
    """What ``chatkit account`` has: the same rows, where no server runs as well."""
    rows = [row for row in TABLE.values() if row.name.startswith("account.")]
    family = _commands(rows, fallback, local_options)["account"]
    assert isinstance(family, click.Group)
    return family.commands


def extras(row: Row) -> list[click.Option]:
    """The options that a row has besides those of its struct, wherever it is typed."""
    secret = any(field.is_secret for field in fields_of(row.params))
    return [*([password_option()] if secret else []), json_option()]


def _commands(rows: Iterable[Row], fallback: Fallback | None, options: Callable[[], list[click.Option]]) -> Commands:
    def run(row: Row, params: dict[str, Any]) -> NoReturn:
        ctx = click.get_current_context()
        here = here_of(ctx, fallback)
        try:
            raise SystemExit(carry_out(here, row, params, bool(given(ctx, "as_json")), given(ctx, "password_file")))
        finally:
            here.close()

    group = click.Group()
    fill(group, rows, lambda row: build(row, run, _complete, [*extras(row), *hidden(options())]))
    return group.commands


def _complete(ctx: click.Context, kind: str, prefix: str) -> list[str]:
    """What may be meant by ``prefix``, for a shell. Raises nothing: it may be that no server can be named."""
    try:
        return meant(here_of(ctx).place, kind, prefix)
    except AdminError:
        return []
