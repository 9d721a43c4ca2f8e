"""``chatkit install``: what a machine keeps outside the package, so that the command is at home on it."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from chatkit.admin.errors import DONE, AdminError, Mistake

NAME = "chatkit"
SHELLS = ("bash", "zsh", "fish")
SYSTEM_UNITS = Path("/etc/systemd/system")
MENDED = {
    "bash": (
        ("read type value", "read -r type value"),
        ("COMPREPLY+=($value)", 'COMPREPLY+=("$(printf %q "$value")")'),  # a room's # would begin a comment
    ),
    "fish": (('string split "," ', 'string split --max 1 "," '),),  # what explains a word may have commas
}
SYSTEM_MANUAL = Path("/usr/local/share/man")
COMMAND = "/usr/bin/chatkit"  # where the units of the package say that the command is
HOMES = ("/home/", "/root/")  # which the unit hides from the service


def install_completion(shell: str | None, to: Path | None, just_print: bool) -> int:
    """Write what lets a shell complete. Returns the exit status."""
    return _reporting(_completion(shell or _own_shell(), to, just_print))


def install_man(cli: click.Group, to: Path | None) -> int:
    """Write a manual page for every command. Returns the exit status."""
    return _reporting(_man(cli, to or _manual() / "man1"))


def install_systemd(to: Path | None, just_print: bool) -> int:
    """Write systemd's units. Returns the exit status."""
    return _reporting(_systemd(to, just_print))


def _reporting(steps: Iterator[str]) -> int:
    """Do the steps, and say what each has done."""
    try:
        for said in steps:
            click.echo(said)
    except AdminError as error:
        click.echo(f"chatkit: {error}", err=True)
        return error.status
    except OSError as error:
        click.echo(f"chatkit: cannot write {error.filename}: {error.strerror}", err=True)
        return AdminError.status
    return DONE


def _write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return f"Wrote {path}"


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()


# Completion.


def _own_shell() -> str:
    return Path(os.environ.get("SHELL", "")).name


def _completion(shell: str, to: Path | None, just_print: bool) -> Iterator[str]:
    if shell not in SHELLS:
        raise Mistake(f"say for which shell: {', '.join(SHELLS)}")
    source = _script(shell)
    if just_print:
        yield source.rstrip("\n")
        return
    directory, file = {
        "bash": (_data_home() / "bash-completion" / "completions", NAME),
        "zsh": (_data_home() / "zsh" / "site-functions", f"_{NAME}"),
        "fish": (_config_home() / "fish" / "completions", f"{NAME}.fish"),
    }[shell]
    path = (to or directory) / file
    yield _write(path, source)
    yield _next_for(shell, path)


def _script(shell: str) -> str:
    """Click's script for a shell, mended."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "Click knows all of SHELLS"
    source = kind(click.Group(), {}, NAME, f"_{NAME.upper()}_COMPLETE").source()
    for wrong, right in MENDED.get(shell, ()):
        source = source.replace(wrong, right)
    return source


def _next_for(shell: str, path: Path) -> str:
    """What is left to do."""
    quoted = shlex.quote(str(path))
    if shell == "zsh":
        directory = shlex.quote(str(path.parent))
        return f"Put this into ~/.zshrc, before compinit:\n  fpath+=({directory})\nthen open a new shell."
    if shell == "fish":
        return "New shells complete with Tab."
    return (
        f"New shells complete with Tab, where the package bash-completion is installed; this one after\n"
        f"  source {quoted}\nwhich belongs into ~/.bashrc where it is not."
    )


# Manual pages.


def _man(cli: click.Group, directory: Path) -> Iterator[str]:
    directory.mkdir(parents=True, exist_ok=True)
    _sum_up(cli)
    pages = list(_pages(click.Context(cli, info_name=NAME)))
    for name, text in pages:
        (directory / f"{name}.1").write_text(text, "utf-8")
    yield f"Wrote {len(pages)} pages to {directory}"
    yield f"Read them with: man {NAME}, man {NAME}-admin-ban, …"
    yield f"Where man does not look there: man -M {shlex.quote(str(directory.parent))} {NAME}"


def _manual() -> Path:
    """Where man looks: for all if root asks, else where it looks for who has ~/.local/bin in his PATH."""
    return SYSTEM_MANUAL if os.geteuid() == 0 else _data_home() / "man"


def _sum_up(command: click.Command) -> None:
    """Let every command's one line be its first sentence, whole."""
    command.short_help = command.short_help or command.get_short_help_str(limit=1000)
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        _sum_up(each)


def _pages(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """The name and the text of a command's page, then those of what is below it."""
    name = ctx.command_path.replace(" ", "-")
    commands = {word: each for word, each in getattr(ctx.command, "commands", {}).items() if not each.hidden}
    yield name, _polished(name, _page(ctx, commands), ctx.command.epilog)
    for word, command in commands.items():
        yield from _pages(click.Context(command, info_name=word, parent=ctx))


def _page(ctx: click.Context, commands: dict[str, click.Command]) -> str:
    from click_man.man import ManPage

    from chatkit import __version__

    page, command = ManPage(ctx.command_path), ctx.command
    page.version = __version__
    page.short_help = command.short_help
    page.description = inspect.cleandoc(command.help or "")
    page.synopsis = " ".join(command.collect_usage_pieces(ctx))
    page.options = [found for param in command.params if (found := param.get_help_record(ctx)) and found[1]]
    page.commands = [(word, each.short_help) for word, each in commands.items()]
    return str(page)


def _polished(name: str, page: str, example: str | None) -> str:
    """A page under its own name, with its example, in which no text is taken for a request of roff."""
    head, *lines = page.replace(f"\\fB{name.replace('-', ' ')}-", f"\\fB{name}-").splitlines()
    lines.insert(0, ".nh")
    head = re.sub(r'^\.TH "[^"]*"(.*) "[^"]*"$', rf'.TH "{name.upper()}"\1 "chatkit"', head)
    lines += [".SH EXAMPLE", f"{NAME} admin {example.partition(' ')[2]}"] if example else []
    return "\n".join([head, *map(_escaped_line, lines)]) + "\n"


def _escaped_line(line: str) -> str:
    line = line if line.startswith(".") else line.replace("--", r"\-\-")
    return rf"\&{line}" if line.startswith("'") else line


# Service.


def _systemd(to: Path | None, just_print: bool) -> Iterator[str]:
    command = _own_command()
    units = {
        item.name: item.read_text("utf-8").replace(COMMAND, command)
        for item in resources.files("chatkit.packaging").iterdir()
        if item.name.endswith((".service", ".socket"))
    }
    if just_print:
        yield "\n".join(f"# {name}\n{text}" for name, text in sorted(units.items())).rstrip("\n")
        return
    if to is None and os.geteuid() != 0:
        raise Mistake("the units are the system's: do it as root, or choose a place with --to, or --print them")
    for name, text in sorted(units.items()):
        yield _write((to or SYSTEM_UNITS) / name, text)
    if command.startswith(HOMES):
        yield f"{command} is in a home directory, which the service may not see: install chatkit for all, as in /opt"
    yield f"Now: systemctl daemon-reload && systemctl enable --now {NAME}"


def _own_command() -> str:
    """How this command is called from anywhere."""
    beside = Path(sys.executable).with_name(NAME)
    return str(beside) if beside.exists() else shutil.which(NAME) or COMMAND
