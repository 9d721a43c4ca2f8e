"""The command line: options in, one call out. What a command needs is imported when it runs: --help is instant."""

from __future__ import annotations

import os
import sys
from collections import UserDict
from collections.abc import Callable, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from chatkit import __version__
from chatkit.admin.options import complete_directory, complete_file, json_option, local_options, place_options
from chatkit.control.number import Number

if TYPE_CHECKING:
    from chatkit.client.address import Address
    from chatkit.client.options import Start
    from chatkit.config import Config

F = TypeVar("F", bound=Callable[..., Any])

MISTAKE = 2  # exit status


class _Mistake(click.ClickException):
    """A mistake in the call or the configuration: one line, exit status 2."""

    exit_code = MISTAKE

    def show(self, file: Any = None) -> None:
        click.echo(f"chatkit: {self.format_message()}", err=True)


class _InOrder(click.Group):
    """Lists its commands as they come below: what one needs first is first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="chatkit")
def cli() -> None:
    """Chat for your own network: one server, clients for terminal and desktop, no cloud."""


def main() -> NoReturn:
    """The entry point of the command ``chatkit``."""
    _open_streams()
    cli(prog_name="chatkit")
    raise SystemExit(0)


def _open_streams() -> None:
    # Whoever starts us may have closed some: then a socket would get its number, and what is printed would go there.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  it stays open


# serve


@cli.command(short_help="Run a server.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [default: 55555]")
@click.option(
    "--data", metavar="DIR", shell_complete=complete_directory, help="Where the database and the control socket live."
)
@click.option(
    "--config",
    "config_file",
    metavar="FILE",
    shell_complete=complete_file,
    type=Path,
    help="Settings in TOML; options go before them.",
)
@click.option("--name", help="What the server calls itself.  [default: chatkit]")
@click.option(
    "--password-file",
    metavar="FILE",
    shell_complete=complete_file,
    help="Ask every client for the password in FILE's first line.",
)
@click.option("--tls", type=click.Choice(["auto", "required", "off"]), help="Encryption.  [default: auto]")
@click.option("--motd", metavar="FILE", shell_complete=complete_file, help="A message of the day.")
@click.option("--io-threads", type=int, metavar="N", help="Threads that serve sockets.")
@click.option("--log", "log_format", type=click.Choice(["auto", "rich", "plain", "json"]), help="How to log.")
def serve(config_file: Path | None, log_format: str | None, tls: str | None, **options: Any) -> None:
    """Run a server until it is stopped with ^C, SIGTERM or 'chatkit admin stop'."""
    given = {**options, "log.format": log_format, "tls.mode": tls}
    config = _load_config(config_file, given)
    from chatkit.config import find_config, load_config
    from chatkit.serving import serve as run

    read = config_file or find_config()
    raise SystemExit(run(config, lambda: load_config(config_file or find_config(), options=given), str(read or "")))


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
    "--password-file",
    metavar="FILE",
    shell_complete=complete_file,
    type=Path,
    help="The server's password: FILE's first line.",
)
_server_option = click.option(
    "--server", "address", metavar="ADDRESS", help="host[:port] or irc://host[:port]  [default: the last one used]"
)
_fingerprint_option = click.option(
    "--fingerprint", metavar="SHA256", help="Of the server's certificate, where no authority vouches for it."
)
_File = click.Path(exists=True, dir_okay=False, readable=True)


@cli.command(short_help="Talk: in the terminal, in a window, or line by line.")
@click.argument("address", default="")
@click.option("--tui", "face", flag_value="tui", help="In the terminal, full screen (the default on one).")
@click.option("--gui", "face", flag_value="gui", help="In a window.")
@click.option("--plain", "face", flag_value="plain", help="Line by line (the default elsewhere).")
@click.option("--network", default="", metavar="NAME", help="A saved network, instead of an address.")
@click.option("--channel", "rooms", multiple=True, metavar="NAME", help="A room to join; may be given again.")
@_nick_option("the last name used, or your login")
@click.option("--account", default="", metavar="NAME", help="Log in to this account.  [default: as saved, or none]")
@click.option("--certificate", type=_File, metavar="FILE", help="A certificate and its key (PEM), to be known by.")
@_password_option
@_fingerprint_option
def join(face: str | None, rooms: tuple[str, ...], password_file: Path | None, **given: Any) -> None:
    """Talk. ADDRESS is host[:port] or irc://host[:port]/room.

    Without one: your saved networks; where you have none, a choice of the servers found on the local network and the
    last ones used, or in a pipe the last one.

    TLS is used wherever the server has it. ircs:// insists on it, irc:// does without; ws:// and wss:// are WebSockets,
    on port 80 and 443 unless the address says another.
    """
    face = face or ("tui" if _has_screen() else "plain")
    if face == "tui" and not _has_screen():
        raise _Mistake("--tui needs a terminal for its keys and its screen: use --plain in a pipe")
    words = {key: value for key, value in given.items() if value}
    rooms = tuple(map(_room_name, rooms))
    start = _start(face, rooms=rooms, password=_password_in(password_file), **words)
    raise SystemExit(_FACES[face](start))


def _has_screen() -> bool:
    """Whether there is a terminal for the full screen: keys come from the first of these, it is drawn on the last."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _start(face: str, **words: Any) -> Start:
    from chatkit.client.address import AddressError
    from chatkit.client.keepsakes import Keepsakes
    from chatkit.client.settings import SettingError
    from chatkit.client.starting import Wish, make_start

    kept = Keepsakes.of_user()
    if kept.settings.trouble:
        click.echo(f"chatkit: {kept.settings.trouble}", err=True)  # it goes on, with the defaults
    try:
        can_pick = face != "plain" or sys.stdin.isatty()
        return make_start(Wish(software=face, **words), kept.settings.current, kept.recent, can_pick=can_pick)
    except (AddressError, SettingError) as error:
        raise _Mistake(str(error)) from error


def _run_tui(start: Start) -> int:
    from chatkit.tui import run

    return run(start)


def _run_gui(start: Start) -> int:
    from chatkit.gui_tk import run

    return run(start)


def _run_plain(start: Start) -> int:
    from chatkit.plain import run

    return run(start)


_FACES = {"tui": _run_tui, "gui": _run_gui, "plain": _run_plain}


@cli.command(short_help="Say something in a room, from a script.")
@click.argument("target")
@click.argument("text", required=False)
@_server_option
@_nick_option("your login")
@_password_option
@_fingerprint_option
def send(
    target: str,
    text: str | None,
    address: str | None,
    nick: str | None,
    password_file: Path | None,
    fingerprint: str | None,
) -> None:
    """Say TEXT, or each line of the standard input, in a room or to a person.

    Ends with status 0 when the server has stored it all. A room is written '#lobby': in quotes, for the shell. Where
    nobody is, and nothing was said before, a line on the standard error says so: it may be a slip.
    """
    from chatkit import scripting

    if text is not None and not text.strip():
        raise _Mistake("there is nothing to send: the text is empty")
    place = _place(address, fingerprint)
    password = _password_in(password_file)
    raise SystemExit(scripting.send(target, text, address=place, nick=nick, password=password))


@cli.command(short_help="Follow what is said in a room, in a script.")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--since", metavar="T", help="Begin with what was said since: 30m, 1h, 2d, or an ISO time.")
@_server_option
@_nick_option("your login")
@_password_option
@_fingerprint_option
def tail(
    target: str,
    as_json: bool,
    since: str | None,
    address: str | None,
    nick: str | None,
    password_file: Path | None,
    fingerprint: str | None,
) -> None:
    """Print what is said in a room, and go on until ^C."""
    from chatkit import scripting

    place = _place(address, fingerprint)
    password = _password_in(password_file)
    since_ms = _time_ms("--since", since or None)
    raise SystemExit(
        scripting.tail(target, address=place, nick=nick, password=password, since_ms=since_ms, as_json=as_json)
    )


def _time_ms(option: str, text: str | None) -> int | None:
    """The time that an option names, in milliseconds since 1970."""
    if text is None:
        return None
    import time

    from chatkit.scripting import parse_since

    try:
        return parse_since(text, int(time.time() * 1000))
    except ValueError as error:
        raise _Mistake(f"{option}: {error}") from error


def _place(address: str | None, fingerprint: str | None) -> Address:
    """Where to: what was given, else where the user was the last time."""
    from chatkit.client.address import AddressError, parse_address, pin
    from chatkit.client.remembered import recall

    last = recall()
    try:
        place = parse_address(address or last.address or "127.0.0.1")
        if fingerprint is None and str(place) == last.address:
            fingerprint = last.fingerprint
        return pin(place, fingerprint or "")
    except AddressError as error:
        raise _Mistake(str(error)) from error


def _room_name(name: str) -> str:
    return name if name.startswith("#") else f"#{name}"


def _password_in(path: Path | None) -> str | None:
    if path is None:
        return None
    from chatkit.config import ConfigError
    from chatkit.premises import read_password

    try:
        return read_password(str(path), "--password-file")
    except ConfigError as error:
        raise _Mistake(str(error)) from error


# admin, account


class _Late(UserDict[str, click.Command]):
    """Commands that are made when the first of them is wanted."""

    def __init__(self, make: Callable[[], MutableMapping[str, click.Command]]) -> None:
        self._make = make

    @cached_property
    def data(self) -> MutableMapping[str, click.Command]:  # type: ignore[override]  # it is a plain attribute there
        return self._make()


def _admin_commands() -> MutableMapping[str, click.Command]:
    from chatkit.admin.commands import admin_commands

    return admin_commands()


def _account_commands() -> MutableMapping[str, click.Command]:
    from chatkit.admin.commands import account_commands

    return account_commands(_ask_the_database)


def _ask_the_database(config: Config, method: str, params: dict[str, Any]) -> Any:
    from chatkit.accounts import call

    return call(config, method, params)


def _run_admin() -> None:
    """What ``chatkit admin`` does without a command."""
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        from chatkit.admin.commands import here_of
        from chatkit.admin.console import run

        raise SystemExit(run(here_of(ctx)))


cli.add_command(
    click.Group(
        "admin",
        _Late(_admin_commands),
        invoke_without_command=True,
        callback=lambda **_: _run_admin(),
        params=[*place_options(), json_option()],
        short_help="Run the place: people, rooms, bans, backups; a console.",
        help="""Run the place. Without a command it opens a console.

        A console completes with Tab and explains with help. Where the standard input is no terminal, its lines
        are the commands.

        The server is reached by the control socket in its data directory, or with --server from elsewhere: then
        a token says who you are and what you may do. These options may also come after the command.
        """,
    )
)
cli.add_command(
    click.Group(
        "account",
        _Late(_account_commands),
        params=[*local_options(), json_option()],
        help="""The accounts of the server: who may log in.

        They reach the server through the control socket in its data directory; where none runs, the database itself.
        """,
    )
)


# install


@cli.group("install", short_help="Put completion, manual pages or a service here.")
def install_group() -> None:
    """Put completion, manual pages or a service on this machine."""


@install_group.command("completion")
@click.argument("shell", required=False, type=click.Choice(["bash", "zsh", "fish"]))
@click.option(
    "--to",
    metavar="DIR",
    shell_complete=complete_directory,
    type=Path,
    help="Write it there.  [default: where the shell looks for it]",
)
@click.option("--print", "just_print", is_flag=True, help="Print it instead.")
def install_completion(shell: str | None, to: Path | None, just_print: bool) -> None:
    """Have the Tab key complete commands, options and names in your SHELL.  [default: the one you use]"""
    from chatkit.admin.installing import install_completion

    raise SystemExit(install_completion(shell, to, just_print))


@install_group.command("man")
@click.option(
    "--to",
    metavar="DIR",
    shell_complete=complete_directory,
    type=Path,
    help="Write them there.  [default: your own manual]",
)
def install_man(to: Path | None) -> None:
    """Write a manual page for every command."""
    from chatkit.admin.installing import install_man

    raise SystemExit(install_man(cli, to))


@install_group.command("systemd")
@click.option(
    "--to",
    metavar="DIR",
    shell_complete=complete_directory,
    type=Path,
    help="Write them there.  [default: the system's own]",
)
@click.option("--print", "just_print", is_flag=True, help="Print them instead.")
def install_systemd(to: Path | None, just_print: bool) -> None:
    """Have systemd run the server, from the start of the machine on."""
    from chatkit.admin.installing import install_systemd

    raise SystemExit(install_systemd(to, just_print))


# history


@cli.group("history", short_help="Search what was said, or take it out.")
def history_group() -> None:
    """What was said on this server: search it, or take it out.

    Reads the server's data directory, while the server runs or not; so it is for whoever may read that.
    """


def _history_options(command: F) -> F:
    for option in (
        click.option(
            "--config",
            "config_file",
            metavar="FILE",
            shell_complete=complete_file,
            type=Path,
            help="The server's settings.",
        ),
        click.option("--data", metavar="DIR", shell_complete=complete_directory, help="The server's data directory."),
        click.option("--direct", is_flag=True, help="With what people said to each other alone."),
        click.option("--until", metavar="T", help="Only what was said before: a time as in --since."),
        click.option("--since", metavar="T", help="Only what was said since: 30m, 1h, 2d, or an ISO time."),
    ):
        command = option(command)
    return command


@history_group.command("search")
@click.argument("words", nargs=-1)
@click.option("--in", "target", metavar="TARGET", help="Only in this room; with --direct, with this person.")
@click.option("--from", "nick", metavar="NICK", default="", help="Only what this person said.")
@click.option("--limit", type=Number(1), default=100, metavar="N", help="At most so many.  [default: 100]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_history_options
def history_search(
    words: tuple[str, ...],
    target: str | None,
    nick: str,
    limit: int,
    as_json: bool,
    since: str | None,
    until: str | None,
    direct: bool,
    data: str | None,
    config_file: Path | None,
) -> None:
    """Print the newest messages with all of these WORDS, the oldest first.

    The last word may be the beginning of one; '"these words"' stand for a phrase. Case and accents do not matter.
    """
    from chatkit.archive import commands

    if not words and not nick:
        raise _Mistake("there is nothing to search for: give WORDS, or --from NICK")
    directory, span = _load_config(config_file, {"data": data}).data_dir, _span(since, until)
    raise SystemExit(
        commands.search(
            directory, " ".join(words), target=target, nick=nick, span=span, limit=limit, direct=direct,
            as_json_lines=as_json,
        )
    )  # fmt: skip


@history_group.command("export")
@click.argument("target", required=False)
@click.option("--all", "everything", is_flag=True, help="Every room; with --direct, every conversation too.")
@click.option("--format", "form", type=click.Choice(["jsonl", "text", "html"]), default="text", show_default=True)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete_file,
    type=Path,
    help="Write to FILE, for you alone.  [default: print it]",
)
@_history_options
def history_export(
    target: str | None,
    everything: bool,
    form: str,
    output: Path | None,
    since: str | None,
    until: str | None,
    direct: bool,
    data: str | None,
    config_file: Path | None,
) -> None:
    """Write what was said in the room TARGET, or with --direct to and by the person TARGET.

    jsonl: a JSON object a line; text: a line a message, with local time; html: one page for any browser.
    """
    from chatkit.archive import commands

    if everything == (target is not None):
        raise _Mistake("name one room, or give --all")
    directory, span = _load_config(config_file, {"data": data}).data_dir, _span(since, until)
    raise SystemExit(commands.export(directory, target, form, output, span=span, direct=direct))


@history_group.command("person")
@click.argument("name")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete_file,
    type=Path,
    help="Write to FILE, for you alone.  [default: print it]",
)
@click.option("--data", metavar="DIR", shell_complete=complete_directory, help="The server's data directory.")
@click.option(
    "--config", "config_file", metavar="FILE", shell_complete=complete_file, type=Path, help="The server's settings."
)
def history_person(name: str, output: Path | None, data: str | None, config_file: Path | None) -> None:
    """Write all that is known about the person NAME: an account, or the guests of that nick.

    It is one JSON document, for the person who asks what is kept. It says what is not in it.
    """
    from chatkit.archive import commands

    raise SystemExit(commands.person(_load_config(config_file, {"data": data}).data_dir, name, output))


def _span(since: str | None, until: str | None) -> Any:
    from chatkit.archive.commands import Span

    return Span(_time_ms("--since", since), _time_ms("--until", until))


# config


@cli.group("config")
def config_group() -> None:
    """The server's settings."""


_config_option = click.option(
    "--config", "config_file", metavar="FILE", shell_complete=complete_file, type=Path, help="Settings in TOML."
)


@config_group.command("show")
@_config_option
@click.option("--secrets", is_flag=True, help="Passwords and their hashes too, which are left out else.")
def config_show(config_file: Path | None, secrets: bool) -> None:
    """Print every setting with its value, as TOML that --config takes."""
    import msgspec
    import tomlkit

    from chatkit.config import veiled

    config = _load_config(config_file, {})
    click.echo(tomlkit.dumps(msgspec.to_builtins(config if secrets else veiled(config))), nl=False)


@config_group.command("check")
@_config_option
def config_check(config_file: Path | None) -> None:
    """Say whether the settings are right, and the files that they name; status 2 and what is wrong, if not."""
    from chatkit.checking import mistakes

    found = list(mistakes(_load_config(config_file, {})))
    for mistake in found:
        click.echo(f"chatkit: {mistake}", err=True)
    if found:
        raise SystemExit(MISTAKE)
    click.echo("The settings are right.")


@config_group.command("hash-password")
@click.option(
    "--password-file",
    metavar="FILE",
    shell_complete=complete_file,
    type=Path,
    help="The password is FILE's first line.",
)
def config_hash_password(password_file: Path | None) -> None:
    """Print what stands for a password in the settings, as password_hash of an operator."""
    from chatkit.admin.errors import Mistake
    from chatkit.admin.secrets import new_password
    from chatkit.config import Accounts
    from chatkit.proto.passwords import prepare
    from chatkit.workers.passwords import Passwords

    try:
        password = new_password(password_file)
    except Mistake as error:
        raise _Mistake(str(error)) from error
    if prepare(password) is None:
        raise _Mistake("that may not be a password: it is empty, too long, or has characters nobody sees")
    click.echo(Passwords(lambda query: None, Accounts()).hash(password).password)


@config_group.command("path")
@_config_option
def config_path(config_file: Path | None) -> None:
    """Print where the settings are read from, and where the server keeps its data."""
    from chatkit.config import default_config_path, find_config

    file = config_file or find_config()
    click.echo(f"settings: {file or f'{default_config_path()} (not there)'}")
    click.echo(f"data:     {_load_config(config_file, {}).data_dir}")
