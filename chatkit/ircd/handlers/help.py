"""HELP: what the commands and the modes do. It reads the handlers' own docstrings and the tables of modes.

Spec: https://modern.ircdocs.horse/#help-message
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import cleandoc

from chatkit.ircd.commands import COMMANDS, Command, command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.staging import fill
from chatkit.proto import modes
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.privileges import PRIVILEGES

WIDTH = 76  # columns of a line of words
_ADDRESS = "Spec: "


@command("HELP")
@command("HELPOP")
def help_(ctx: Context, msg: Message) -> None:
    """HELP [<subject>]: what a command does, or MODES, UMODES, PRIVILEGES or INDEX. <x> is to be filled in, [x] may
    be left out, {x} may be repeated.

    Spec: https://modern.ircdocs.horse/#help-message
    Refuses: ERR_HELPNOTFOUND
    """
    wanted = msg.param(0)
    subject = wanted.upper() if wanted.isascii() else wanted
    make = _TOPICS.get(subject)
    if make is not None:
        title, lines = make()
    elif (row := COMMANDS.get(subject)) is not None:
        title, lines = f"The command {row.name}", list(_explain(row))
    else:
        # "unless it would be an invalid parameter, in which case it MUST be *"
        raise NumericError(n.ERR_HELPNOTFOUND, wanted if _is_parameter(wanted) else "*")
    _send(ctx, wanted if _is_parameter(wanted) else "*", title, lines)


def _is_parameter(text: str) -> bool:
    return bool(text) and " " not in text and text[0] != ":"


def _send(ctx: Context, subject: str, title: str, lines: list[str]) -> None:
    *most, last = lines
    ctx.reply(n.RPL_HELPSTART, subject, text=f"** {title} **")
    ctx.reply(n.RPL_HELPTXT, subject, text="")
    for line in most:
        ctx.reply(n.RPL_HELPTXT, subject, text=line)
    ctx.reply(n.RPL_ENDOFHELP, subject, text=last)


def _explain(row: Command) -> Iterator[str]:
    """What the handler's docstring says, but for what it refuses."""
    for paragraph in cleandoc(row.handler.__doc__ or row.name).split("\n\n"):
        if paragraph.startswith(_ADDRESS):
            yield f"More: {paragraph.split()[1]}"
        elif not paragraph.startswith("Refuses: "):
            yield from fill(paragraph.split(), WIDTH)


def _overview() -> tuple[str, list[str]]:
    return "Help", [
        "HELP and the name of a command tells what it does; HELP INDEX lists them all.",
        "HELP MODES is about the modes of rooms, HELP UMODES about those of users,",
        "HELP PRIVILEGES about what operators may do.",
    ]


def _index() -> tuple[str, list[str]]:
    return "Commands", list(fill(sorted(COMMANDS), WIDTH))


def _table(title: str, rows: dict[str, str]) -> Callable[[], tuple[str, list[str]]]:
    width = max(map(len, rows))
    return lambda: (title, [f"{key:{width}}  {text}" for key, text in sorted(rows.items())])


_MODES = _table("Modes of rooms, and of their members", modes.CHANNEL_MODE_TEXTS)
_USER_MODES = _table("Modes of users", modes.USER_MODES)
_TOPICS: dict[str, Callable[[], tuple[str, list[str]]]] = {
    "": _overview,
    "INDEX": _index,
    "MODES": _MODES,
    "CMODES": _MODES,
    "UMODES": _USER_MODES,
    "PRIVILEGES": _table("What operators may do, each as his class allows", PRIVILEGES),
}
