"""The console: ``chatkit admin`` alone. A line is a command; Tab completes, the history is kept, help explains."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from chatkit.admin.asking import meant
from chatkit.admin.commands import extras
from chatkit.admin.doing import Here, carry_out, complain
from chatkit.admin.errors import DONE, AdminError
from chatkit.admin.printing import say
from chatkit.control.cells import counted
from chatkit.control.fields import fields_of
from chatkit.control.parsing import build, fill
from chatkit.control.row import Row
from chatkit.control.shows import lay_out
from chatkit.control.table import TABLE
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer

PROMPT = "chatkit> "
REFRESH_SECONDS = 1.0  # between two looks at whether the server is still there
MISTAKE = 2


class Left(Exception):
    """Whoever sits at the console has had enough."""


class Console:
    """Takes lines, one after the other, over one connection. ``status`` is that of the last command that failed."""

    def __init__(self, here: Here) -> None:
        self._here = here
        here.typed = ""
        self.status = DONE
        self.group = click.Group("", add_help_option=False, no_args_is_help=False)
        fill(self.group, TABLE.values(), lambda row: build(row, self._carry_out, self._names, extras(row)))
        for command in (_help_command(self.group), _exit_command()):
            self.group.add_command(command)

    def run_line(self, line: str) -> None:
        """Carry out one line. Raises Left."""
        try:
            words = shlex.split(line)
            if words:
                self.group.main(words, prog_name="", standalone_mode=False)
        except ValueError as error:
            self._fail(f"{line.strip()}: {str(error).lower()}")
        except click.ClickException as error:
            self._explain(error)
        except (click.Abort, KeyboardInterrupt):
            self._fail("stopped; what the server had begun is done all the same")

    def is_secret(self, line: str) -> bool:
        """Whether a line is not to be kept: it is about a password."""
        words = split_arg_string(line)
        return any(".".join(words[:count]) in SECRET for count in (1, 2))

    def complete(self, before: str) -> Iterator[tuple[CompletionItem, int]]:
        """What may stand where the cursor is, and how many characters of it are there. Asks the server."""
        begun = "" if before.endswith(" ") or not before else split_arg_string(before)[-1]
        words = split_arg_string(before)
        complete = ShellComplete(self.group, {}, "", "")
        for item in complete.get_completions(words if not begun else words[:-1], begun):
            yield item, len(before) - before.rfind(" ") - 1 if begun else 0

    def _explain(self, error: click.ClickException) -> None:
        message = error.format_message()
        if "\n" in message:  # a family was named, and none of its words: Click explains it
            click.echo(message)
        else:
            self._fail(f"{message}{_hint(error)}")

    def _fail(self, sentence: str) -> None:
        say(f"chatkit: {plain(sentence)}", err=True)
        self.status = MISTAKE

    def _carry_out(self, row: Row, params: dict[str, Any]) -> None:
        given = click.get_current_context().params
        status = carry_out(self._here, row, params, given["as_json"], given.get("password_file"))
        self.status = status or self.status

    def _names(self, ctx: click.Context, kind: str, prefix: str) -> list[str]:
        """What may be meant by ``prefix``: over a connection of its own, for the console's is another thread's."""
        return meant(self._here.place, kind, prefix)


SECRET = {row.name for row in TABLE.values() if any(field.is_secret for field in fields_of(row.params))}


def run(here: Here) -> int:
    """Take commands until the end: from a person at a terminal, else from the standard input. Returns the status."""
    console = Console(here)
    try:
        if sys.stdin.isatty() and sys.stdout.isatty():
            _greet(here)
            _run_lines(console, _typed(console, here))
            return DONE
        _run_lines(console, (line for line in sys.stdin if not line.startswith("#")))
        return console.status
    finally:
        here.close()


def _run_lines(console: Console, lines: Iterable[str]) -> None:
    try:
        for line in lines:
            console.run_line(line)
    except Left:
        pass


def _typed(console: Console, here: Here) -> Iterator[str]:
    """The lines that somebody types. ^C clears one, ^D ends them."""
    session = _session(console, here)
    while True:
        try:
            yield session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _greet(here: Here) -> None:
    try:
        stats = here.call("stats", {})
    except AdminError as error:
        complain(error)
        click.echo("Some commands work all the same: doctor, restore.")
    else:
        click.echo(_greeting(stats))
        for sentence in notable(stats):
            say(click.style(sentence, fg="red"))
        here.compare(lay_out("facts:stats", stats).lacking, stats.get("version", ""))
    click.echo("help lists the commands, help ban explains one, Tab completes, ^D ends.")


def _greeting(stats: dict[str, Any]) -> str:
    there = [counted(stats[key], noun) for key, noun in (("users", "user"), ("rooms", "room")) if key in stats]
    return f"chatkit {stats.get('version', '')}: {', '.join(there)}."


def notable(stats: dict[str, Any]) -> list[str]:
    """What whoever comes to the server should know first: that it is closed, read-only or not well."""
    closed = [f"{plain(stats['lockdown'])}. To open it: lockdown open"] if stats.get("lockdown") else []
    return [*closed, *(f"Trouble: {plain(why)}" for why in stats.get("why", ()))]


# The line that is typed.


def _session(console: Console, here: Here) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory

    return PromptSession(
        PROMPT,
        history=_history(console),
        completer=_completer(console),
        complete_in_thread=True,
        auto_suggest=AutoSuggestFromHistory(),
        bottom_toolbar=partial(_toolbar, here),
        refresh_interval=REFRESH_SECONDS,
    )


def _toolbar(here: Here) -> str:
    try:
        state = "connected" if here.asker.is_connected() else "no server is there; the next command looks for it again"
        return f" {here.where} · {state}"
    except AdminError:  # a mistake in the call: each command says which
        return " nobody knows which server is meant; doctor says what is wrong"


def _history(console: Console) -> Any:
    """The lines of earlier times, which their owner alone may read."""
    from prompt_toolkit.history import FileHistory

    class Kept(FileHistory):
        def store_string(self, string: str) -> None:
            if not console.is_secret(string):
                super().store_string(string)

    return Kept(str(_history_file()))


def _history_file() -> Path:
    from chatkit.config import config_dir

    path = config_dir() / "admin_history"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path


def _completer(console: Console) -> Completer:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class Names(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
            for item, there in console.complete(document.text_before_cursor):
                yield Completion(item.value, -there, display_meta=item.help or "")

    return Names()


# What only a console has.


def _help_command(group: click.Group) -> click.Command:
    def explain(words: tuple[str, ...]) -> None:
        if words:
            group.main([*words, "--help"], prog_name="", standalone_mode=False)
            return
        ctx = click.Context(group)
        formatter = ctx.make_formatter()
        group.format_commands(ctx, formatter)
        click.echo(formatter.getvalue().rstrip("\n"))

    def names(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        return ShellComplete(group, {}, "", "").get_completions(list(ctx.params.get("words") or ()), begun)

    words = click.Argument(["words"], nargs=-1, metavar="[COMMAND]", shell_complete=names)
    return click.Command("help", callback=explain, params=[words], help="List the commands, or explain one.")


def _exit_command() -> click.Command:
    def leave() -> None:
        raise Left

    return click.Command("exit", callback=leave, help="Leave the console, as ^D does.")


def _hint(error: click.ClickException) -> str:
    """Where the right use of a command is told."""
    if isinstance(error, click.UsageError) and error.ctx is not None and error.ctx.command_path.strip():
        return f"  (help {error.ctx.command_path.strip()})"
    return ""
