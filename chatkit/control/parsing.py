"""Command lines out of the rows of the table: Click's commands, for the shell, the console and OperServ alike.

What a row's function takes is a struct; here its fields become arguments and options, and what is typed becomes the
parameters of a request. What was not given is left out, so that the server's defaults hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from chatkit.control.fields import Field, fields_of
from chatkit.control.number import Number
from chatkit.control.row import Row
from chatkit.proto.durations import parse_duration

Callback = Callable[[Row, dict[str, Any]], Any]  # takes a row and the parameters by name
Completer = Callable[
    [click.Context, str, str], Iterable[str]
]  # takes a kind, as "nick", and a prefix; says what is meant


def duration(text: str) -> float:
    """30m, 1h, 2d: seconds."""
    seconds = parse_duration(text)
    if seconds is None:
        raise click.BadParameter(f"{text!r} is no span of time, as 30m, 1h or 2d")
    return seconds


def point_in_time(text: str) -> str:
    """A date, or date and time, in UTC, or how long ago it is: as ISO 8601."""
    ago = parse_duration(text)
    try:
        found = datetime.fromisoformat(text) if ago is None else datetime.now(UTC) - timedelta(seconds=ago)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no time, as 2027-01-15, 2027-01-15T08:00 or 2d (ago)") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def file(text: str) -> str:
    """A file, by a path that means the same wherever the server was started."""
    return str(Path(text).absolute())


def words(text: str) -> tuple[str, ...]:
    """Words with commas between."""
    return tuple(filter(None, map(str.strip, text.split(","))))


TYPES: dict[str, Callable[[str], Any]] = {"duration": duration, "time": point_in_time, "file": file}


TEXTS = ("text", "words", "modes")  # fields of which, last in a line, several words make one value
OF_MANY = ("lasts", "reason", "dry_run", "confirmed")


def build(
    row: Row,
    callback: Callback,
    complete: Completer | None = None,
    extra: Sequence[click.Parameter] = (),
    *,
    at_terminal: bool = True,
) -> click.Command:
    """The command of ``row``, called by its last word. ``callback`` gets what was given, by name.

    ``extra`` are parameters of the caller's own, to be read from Click's context. Left out are secret fields, which the
    caller sees to, and what makes no sense to whoever types: not even ``at_terminal``, or there alone.
    """
    kinds = ("typed", "terminal") if at_terminal else ("typed",)
    fields = [field for field in fields_of(row.params) if not field.is_secret and field.face in kinds]
    positional = [_argument(row, field, complete) for name in row.positional for field in fields if field.name == name]
    options = [_option(field, complete) for field in sorted(fields, key=_rank) if field.name not in row.positional]

    def run(**values: Any) -> Any:
        return callback(row, _given(fields, values))

    return click.Command(
        row.name.rpartition(".")[2],
        callback=run,
        params=[*positional, *options, *extra],
        help=row.help,
        short_help=row.help.partition(". ")[0].removesuffix(".") + ".",
        epilog=f"Example: {row.example}" if row.example else None,
        hidden=row.hidden,
    )


def _rank(field: Field) -> int:
    """A command's own options come before those that many have."""
    return OF_MANY.index(field.name) if field.name in OF_MANY else -1


def _given(fields: list[Field], values: dict[str, Any]) -> dict[str, Any]:
    source = click.get_current_context().get_parameter_source
    found = {}
    for field in fields:
        if source(field.name) is ParameterSource.COMMANDLINE:
            value = values[field.name]
            found[field.name] = " ".join(value) if field.type is str and isinstance(value, tuple) else value
    return found


def _argument(row: Row, field: Field, complete: Completer | None) -> click.Argument:
    is_text = field.name == row.positional[-1] and field.name in TEXTS
    return click.Argument(
        [field.name],
        type=_type_of(field),
        required=field.required,
        nargs=-1 if is_text else 1,
        metavar=_metavar(field, is_text),
        shell_complete=_completion(field, complete),
    )


def name_of(field: Field) -> str:
    """What stands for the value of an argument."""
    return str(field.extra.get("metavar", field.name.upper().replace("_", "-")))


def _metavar(field: Field, is_text: bool) -> str:
    name = name_of(field) + ("..." if is_text else "")
    return name if field.required else f"[{name}]"


def _shown(field: Field) -> str | None:
    """What stands for an option's value; None: what Click makes of it."""
    known = {"duration": "SPAN", "time": "TIME", "file": "FILE"}.get(field.extra.get("type", ""))
    listed = "WORD,..." if get_origin(field.type) in (tuple, list) else None
    number = "NUMBER" if field.type is int else None
    return field.extra.get("metavar", known or listed or number)


def _option(field: Field, complete: Completer | None) -> click.Option:
    name = str(field.extra.get("option", "--" + field.name.replace("_", "-")))
    if field.type is bool:
        return click.Option([name, field.name], is_flag=True, help=field.help)
    kind = _type_of(field)
    bounds = f"  [{kind.bounds}]" if isinstance(kind, Number) and kind.bounds else ""
    return click.Option(
        [name, field.name],
        type=kind,
        metavar=_shown(field),
        help=field.help + bounds,
        shell_complete=_completion(field, complete),
    )


def _type_of(field: Field) -> Any:
    if "type" in field.extra:
        return TYPES[field.extra["type"]]
    if get_origin(field.type) is Literal:
        return click.Choice(get_args(field.type))
    if get_origin(field.type) in (tuple, list):
        return words
    if field.type is int:
        return Number(field.least, field.most)
    return field.type


def _completion(field: Field, complete: Completer | None) -> Callable[..., list[CompletionItem]] | None:
    kind = field.extra.get("complete")
    if complete is None or kind is None:
        return None
    return lambda ctx, param, prefix: [CompletionItem(word) for word in complete(ctx, kind, prefix)]


# All of them.

FAMILIES = {
    "account": "Accounts: make, change, suspend and delete them.",
    "history": "What was said: search it, take it back, delete it.",
    "invite": "Codes that let people make an account, where nobody else may.",
    "room": "One room: all about it by its name alone; close it, own it, change it.",
    "token": "Tokens, by which this server is run from elsewhere.",
}  # what a first word is about


class _Alone(click.Context):
    """The context of what a family's word does by itself: it is called as the family is."""

    @property
    def command_path(self) -> str:
        assert self.parent is not None
        return self.parent.command_path


class Family(click.Group):
    """The commands that share a first word. ``alone`` is what that word does by itself: ``room #lobby``."""

    alone: click.Command | None = None

    def let_alone(self, command: click.Command) -> None:
        """Have the word by itself do ``command``."""
        command.context_class = _Alone
        self.alone = command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.alone is not None and args and self.get_command(ctx, args[0]) is None:
            if len(args) > 1 and args[1] in self.commands:
                raise click.UsageError(f"The word comes first: {self.name} {args[1]} {args[0]} ...", ctx)
            return self.alone.name, self.alone, args
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Its words, and what it takes alone."""
        own = self.alone.params if self.alone is not None else []
        values = (
            item for param in own if isinstance(param, click.Argument) for item in param.shell_complete(ctx, incomplete)
        )
        return [*super().shell_complete(ctx, incomplete), *values]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it is used: alone, and with a word of its own."""
        ways = [self.collect_usage_pieces(ctx)]
        if self.alone is not None:
            ways.insert(0, self.alone.collect_usage_pieces(ctx))
        for number, pieces in enumerate(ways):
            formatter.write_usage(ctx.command_path, " ".join(pieces), "   or: " if number else None)


def fill(group: click.Group, rows: Iterable[Row], make: Callable[[Row], click.Command]) -> None:
    """Put a command for each row into ``group``: ``token.create`` is ``create`` of the family ``token``."""
    for row in rows:
        family, _, word = row.name.rpartition(".")
        if family:
            _family(group, family).add_command(make(row), word)
        elif isinstance(there := group.commands.get(word), Family):
            there.let_alone(make(row))
        else:
            group.add_command(make(row), word)


def _family(group: click.Group, name: str) -> Family:
    found = group.commands.get(name)
    if isinstance(found, Family):
        return found
    family = Family(name, help=FAMILIES.get(name), short_help=FAMILIES.get(name), no_args_is_help=True)
    if found is not None:
        family.let_alone(found)
    group.add_command(family)
    return family
