"""The command line: options in, one call out. What a command needs is imported when it runs: --help is instant."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from chatkit import __version__

if TYPE_CHECKING:
    from chatkit.client.address import Address
    from chatkit.client.options import ClientOptions

F = TypeVar("F", bound=Callable[..., Any])

MISTAKE = 2  # exit status


class _Mistake(click.ClickException):
    """A mistake in the call or the configuration: one line, exit status 2."""

    exit_code = MISTAKE

    def show(self, file: Any = None) -> None:
        click.echo(f"chatkit: {self.format_message()}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="chatkit")
def cli() -> None:
    """Chat for your own network: one server, clients for terminal and desktop, no cloud.

    \b
    chatkit serve      run a server
    chatkit join       talk
    """


def main() -> NoReturn:
    """The entry point of the command ``chatkit``."""
    cli(prog_name="chatkit")
    raise SystemExit(0)


# serve


@cli.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [default: 55555]")
@click.option("--data", metavar="DIR", help="Where the database and the control socket live.")
@click.option("--config", "config_file", metavar="FILE", type=Path, help="Settings in TOML; options go before them.")
@click.option("--name", help="What the server calls itself.  [default: chatkit]")
@click.option("--password-file", metavar="FILE", help="Ask every client for the password in FILE's first line.")
@click.option("--motd", metavar="FILE", help="A message of the day.")
@click.option("--io-threads", type=int, metavar="N", help="Threads that serve sockets.")
@click.option("--log", "log_format", type=click.Choice(["auto", "rich", "plain", "json"]), help="How to log.")
def serve(config_file: Path | None, log_format: str | None, **options: Any) -> None:
    """Run a server until it is stopped with ^C, SIGTERM or 'chatkit admin stop'."""
    config = _load_config(config_file, {**options, "log.format": log_format})
    from chatkit.serving import serve as run

    raise SystemExit(run(config))


def _load_config(path: Path | None, options: dict[str, Any]) -> Any:
    from chatkit.config import ConfigError, find_config, load_config

    try:
        return load_config(path or find_config(), options=options)
    except ConfigError as error:
        raise _Mistake(str(error)) from error


# clients


def _nick_option(default: str) -> Callable[[F], F]:
    return click.option("--nick", metavar="NAME", help=f"What to be called.  [default: {default}]")


_password_option = click.option(
    "--password-file", metavar="FILE", type=Path, help="The server's password: FILE's first line."
)
_server_option = click.option(
    "--server", "address", metavar="ADDRESS", help="host[:port] or irc://host[:port]  [default: the last one used]"
)


@cli.command()
@click.argument("address", required=False)
@click.option("--tui", "face", flag_value="tui", help="In the terminal, full screen (the default on one).")
@click.option("--gui", "face", flag_value="gui", help="In a window.")
@click.option("--plain", "face", flag_value="plain", help="Line by line (the default elsewhere).")
@click.option("--channel", "rooms", multiple=True, metavar="NAME", help="A room to join; may be given again.")
@_nick_option("the last name used, or your login")
@_password_option
def join(
    address: str | None, face: str | None, rooms: tuple[str, ...], nick: str | None, password_file: Path | None
) -> None:
    """Talk. ADDRESS is host[:port] or irc://host[:port]/room; without one, the last one used."""
    from chatkit.client.options import ClientOptions

    face = face or ("tui" if sys.stdin.isatty() and sys.stdout.isatty() else "plain")
    place, name = _place_and_name(address)
    options = ClientOptions(
        nick=nick or name,
        address=place,
        rooms=tuple(map(_room_name, rooms)),
        password=_read_password(password_file),
        software=face,
    )
    raise SystemExit(_FACES[face](options, None if nick else name))


def _run_tui(options: ClientOptions, suggestion: str | None) -> int:
    from chatkit.tui import run

    return run(options, suggestion)


def _run_gui(options: ClientOptions, suggestion: str | None) -> int:
    from chatkit.gui_tk import run

    return run(options, suggestion)


def _run_plain(options: ClientOptions, suggestion: str | None) -> int:
    from chatkit.plain import run

    return run(options, suggestion)


_FACES = {"tui": _run_tui, "gui": _run_gui, "plain": _run_plain}


@cli.command()
@click.argument("target")
@click.argument("text", required=False)
@_server_option
@_nick_option("your login")
@_password_option
def send(target: str, text: str | None, address: str | None, nick: str | None, password_file: Path | None) -> None:
    """Say TEXT, or each line of the standard input, in a room or to a person.

    Ends with status 0 when the server has stored it all. A room is written '#lobby': in quotes, for the shell.
    """
    from chatkit import scripting

    if text is not None and not text.strip():
        raise _Mistake("there is nothing to send: the text is empty")
    place, _ = _place_and_name(address)
    password = _read_password(password_file)
    raise SystemExit(scripting.send(target, text, address=place, nick=nick, password=password))


@cli.command()
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--since", metavar="T", help="Begin with what was said since: 30m, 1h, 2d, or an ISO time.")
@_server_option
@_nick_option("your login")
@_password_option
def tail(
    target: str, as_json: bool, since: str | None, address: str | None, nick: str | None, password_file: Path | None
) -> None:
    """Print what is said in a room, and go on until ^C."""
    import time

    from chatkit import scripting

    place, _ = _place_and_name(address)
    password = _read_password(password_file)
    try:
        since_ms = scripting.parse_since(since, int(time.time() * 1000)) if since else None
    except ValueError as error:
        raise _Mistake(f"--since: {error}") from error
    raise SystemExit(
        scripting.tail(target, address=place, nick=nick, password=password, since_ms=since_ms, as_json=as_json)
    )


def _place_and_name(address: str | None) -> tuple[Address, str]:
    """Where to and as whom: what was given, else what was used the last time."""
    from chatkit.client.address import AddressError, parse_address
    from chatkit.client.defaults import user_nick
    from chatkit.client.remembered import recall

    last = recall()
    try:
        place = parse_address(address or last.address or "127.0.0.1")
    except AddressError as error:
        raise _Mistake(str(error)) from error
    return place, last.nick or user_nick()


def _room_name(name: str) -> str:
    return name if name.startswith("#") else f"#{name}"


def _read_password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _Mistake(f"--password-file: cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if not lines or not lines[0]:
        raise _Mistake(f"--password-file: {path} has no password in its first line")
    return lines[0]


# admin


@cli.group()
def admin() -> None:
    """Run the place: see who is there, remove people, announce, stop.

    Every command reaches the server through the control socket in its data directory.
    """


def _admin_options(command: F) -> F:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON."),
        click.option("--config", "config_file", metavar="FILE", type=Path, help="The server's settings."),
        click.option("--data", metavar="DIR", help="The server's data directory."),
    ):
        command = option(command)
    return command


def _ask_server(method: str, data: str | None, config_file: Path | None, as_json: bool, **params: Any) -> NoReturn:
    from chatkit.admin import run

    config = _load_config(config_file, {"data": data})
    given = {key: value for key, value in params.items() if value is not None}
    raise SystemExit(run(config.data_dir, method, given, as_json))


@admin.command()
@click.argument("nick")
@click.option("--reason", metavar="R", help="Why; the person is told.")
@_admin_options
def kick(**params: Any) -> None:
    """Remove the person called NICK from the server."""
    _ask_server("kick", **params)


@admin.command()
@_admin_options
def users(**params: Any) -> None:
    """Who is there."""
    _ask_server("users", **params)


@admin.command()
@_admin_options
def rooms(**params: Any) -> None:
    """Which rooms there are."""
    _ask_server("rooms", **params)


@admin.command()
@click.argument("text")
@_admin_options
def announce(**params: Any) -> None:
    """Tell everyone TEXT."""
    _ask_server("announce", **params)


@admin.command()
@_admin_options
def stats(**params: Any) -> None:
    """How the server is doing."""
    _ask_server("stats", **params)


@admin.command()
@_admin_options
def stop(**params: Any) -> None:
    """Stop the server; returns when it is gone."""
    _ask_server("stop", **params)


# config


@cli.group("config")
def config_group() -> None:
    """The server's settings."""


_config_option = click.option("--config", "config_file", metavar="FILE", type=Path, help="Settings in TOML.")


@config_group.command("show")
@_config_option
def config_show(config_file: Path | None) -> None:
    """Print every setting with its value, as TOML that --config takes."""
    import msgspec
    import tomlkit

    config = _load_config(config_file, {})
    click.echo(tomlkit.dumps(msgspec.to_builtins(config)), nl=False)


@config_group.command("check")
@_config_option
def config_check(config_file: Path | None) -> None:
    """Say whether the settings are right; status 2 and what is wrong, if not."""
    _load_config(config_file, {})
    click.echo("The settings are right.")


@config_group.command("path")
@_config_option
def config_path(config_file: Path | None) -> None:
    """Print where the settings are read from, and where the server keeps its data."""
    from chatkit.config import default_config_path, find_config

    file = config_file or find_config()
    click.echo(f"settings: {file or f'{default_config_path()} (not there)'}")
    click.echo(f"data:     {_load_config(config_file, {}).data_dir}")
