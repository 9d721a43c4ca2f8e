"""The options that every command of ``chatkit admin`` takes, before its name or after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

TOKEN_VARIABLE = "CHATKIT_ADMIN_TOKEN_FILE"  # noqa: S105  # the name of a variable, and of a file in it


def complete_file(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """The shell knows its files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def complete_directory(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """The shell knows its directories."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="dir")]


def place_options() -> list[click.Option]:
    """Which server is meant."""
    return [
        *local_options(),
        click.Option(["--server", "at_server"], metavar="HOST:PORT", help="A server elsewhere, by its admin.remote."),
        click.Option(
            ["--token-file", "at_token"],
            metavar="FILE",
            shell_complete=complete_file,
            type=Path,
            envvar=TOKEN_VARIABLE,
            help=f"With --server: the token is FILE's first line.  [default: ${TOKEN_VARIABLE}]",
        ),
        click.Option(
            ["--fingerprint", "at_fingerprint"],
            metavar="SHA256",
            help="With --server: of its certificate, where no authority vouches for that.",
        ),
    ]


def local_options() -> list[click.Option]:
    """Which server of this machine is meant."""
    return [
        click.Option(
            ["--data", "at_data"], metavar="DIR", shell_complete=complete_directory, help="The server's data directory."
        ),
        click.Option(
            ["--config", "at_config"],
            metavar="FILE",
            shell_complete=complete_file,
            type=Path,
            help="The server's settings.",
        ),
    ]


def hidden(options: list[click.Option]) -> list[click.Option]:
    """The same, taken but not listed: for each command, as its group lists them."""
    for option in options:
        option.hidden = True
    return options


def json_option() -> click.Option:
    """How the answer is shown."""
    return click.Option(["--json", "as_json"], is_flag=True, help="Print the answer as JSON.")


def password_option() -> click.Option:
    """Where a new password comes from."""
    return click.Option(
        ["--password-file", "password_file"],
        metavar="FILE",
        shell_complete=complete_file,
        type=Path,
        help="The password is FILE's first line.  [default: it is asked for, or read from the standard input]",
    )


def given(ctx: click.Context, name: str) -> Any:
    """What an option was given as, at the command or before it; None where nowhere."""
    at: click.Context | None = ctx
    while at is not None:
        if at.params.get(name) not in (None, False):
            return at.params[name]
        at = at.parent
    return None
