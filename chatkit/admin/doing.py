"""Carrying out one command: asking for what it needs, asking the server, asking back, showing what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from chatkit.admin.asking import Asker
from chatkit.admin.errors import DONE, FAILED, AdminError, Mistake, NeedsYes, NoServer, NotUnderstood
from chatkit.admin.places import Place, Premises, remote
from chatkit.admin.printing import say, show
from chatkit.admin.secrets import credentials_for, first_line, new_password
from chatkit.admin.versions import explained
from chatkit.control.fields import fields_of
from chatkit.control.row import Row
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from chatkit.config import Config

SCREENS = ("log", "top")  # the looks of what is shown as it comes

# Stands in for a server that does not run: takes the settings, a method and its parameters; raises AdminError.
Fallback = Callable[["Config", str, dict[str, Any]], Any]


class Here:
    """What the commands of one call, or of one console, have in common: whose server it is, and who asks it."""

    def __init__(
        self,
        *,
        data: str | None = None,
        config_file: Path | None = None,
        server: str | None = None,
        token_file: Path | None = None,
        fingerprint: str | None = None,
        fallback: Fallback | None = None,
    ) -> None:
        self.typed = "chatkit admin "  # what stands before a command
        self._data = data
        self._config_file = config_file
        self._server = server
        self._token_file = token_file
        self._fingerprint = fingerprint
        self._fallback = fallback
        self._is_compared = False  # whether it was said that the server is of another version

    @property
    def is_remote(self) -> bool:
        """Whether the server is elsewhere."""
        return self._server is not None

    @property
    def where(self) -> str:
        """Which server that is, in a few words."""
        return self._server or str(self._directory)

    @cached_property
    def config(self) -> Config:
        """The settings of this machine. Raises Mistake."""
        from chatkit.config import ConfigError, load_config

        try:
            return load_config(self.config_file, options={"data": self._data})
        except ConfigError as error:
            raise Mistake(str(error)) from error

    @property
    def config_file(self) -> Path | None:
        """Where the settings are read from; None where there is no file."""
        from chatkit.config import find_config

        return self._config_file or find_config()

    @property
    def usual_config(self) -> Config:
        """What holds where the settings cannot be read: the defaults, but for a data directory that is named."""
        from chatkit.config import data_named_in, load_config, variable_of

        in_file = data_named_in(self.config_file) if self.config_file else None
        return load_config(None, {}, {"data": self._data or os.environ.get(variable_of("data")) or in_file})

    @cached_property
    def place(self) -> Place:
        """Where the server is. Raises Mistake, of the call: the settings' keep nobody from the server."""
        if self._server is None:
            return Premises(self._directory)
        if self._token_file is None:
            raise Mistake("--server needs a token: name a --token-file with it in its first line")
        return remote(self._server, first_line(self._token_file, "--token-file"), self._fingerprint or "")

    @cached_property
    def _directory(self) -> Path:
        """The data directory: as it is named, or as the settings say, as far as they can be read."""
        if self._data:
            return Path(self._data)
        return (self.usual_config if self._trouble else self.config).data_dir

    @cached_property
    def _trouble(self) -> str:
        """What is wrong with the settings, where they are to say which server is meant."""
        if self._data or self.is_remote:
            return ""
        try:
            self.config  # noqa: B018  # it is read
        except Mistake as mistake:
            return str(mistake)
        return ""

    @cached_property
    def asker(self) -> Asker:
        """The connection to the server. Says which server is taken where the settings cannot tell."""
        if self._trouble:
            say(f"chatkit: {plain(self._trouble)}; so the server is looked for in {self._directory}", err=True)
        return Asker(self.place)

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """The answer of the server, or of what stands in for it where none runs. Raises AdminError."""
        try:
            return self.asker.call(method, params)
        except NoServer:
            if self._fallback is None:
                raise
        return self._fallback(self.config, method, params)

    def compare(self, lacking: Sequence[str] = (), theirs: str | None = None) -> None:
        """Say, but once, if the server is of another version: it may be, as its answer is ``lacking`` something.

        ``theirs`` is the server's version; None: it is asked for.
        """
        sentence = "" if self._is_compared else explained(self._version() if theirs is None else theirs, lacking)
        if sentence:
            self._is_compared = True
            note(sentence)

    def _version(self) -> str:
        try:
            return str(self.call("stats", {}).get("version", ""))
        except AdminError:  # a token may be good for other things alone
            return ""

    def close(self) -> None:
        """Hang up."""
        if "asker" in self.__dict__:
            self.asker.close()


def carry_out(here: Here, row: Row, params: dict[str, Any], as_json: bool, password_file: Path | None = None) -> int:
    """Do what a row of the table says, and print what comes of it. Returns the exit status; never raises AdminError."""
    try:
        if row.local:
            return _do_here(here, row, params, as_json)
        secret = _secrets(here, row, password_file)
        result = _ask(partial(here.call, row.name), {**params, **secret})
    except NotUnderstood as error:
        complain(error)
        here.compare()
        return error.status
    except AdminError as error:
        return complain(error)
    if lacking := show(row.shows, result, as_json, here.typed):
        here.compare(lacking)
    return DONE


def complain(error: AdminError) -> int:
    """Say what did not work. Returns the exit status."""
    note(str(error))
    return error.status


def note(sentence: str) -> None:
    """Say something to whoever typed the command that is no part of the answer."""
    say(f"chatkit: {plain(sentence)}", err=True)


def _do_here(here: Here, row: Row, params: dict[str, Any], as_json: bool) -> int:
    """What is done where it is typed. A screen prints by itself, and returns the exit status."""
    is_screen = row.shows in SCREENS
    if here.is_remote and not is_screen:
        raise Mistake(f"{row.name} is for the machine that the server runs on")
    module, _, name = row.local.partition(":")
    function = getattr(import_module(module), name)
    if is_screen:
        return int(function(here, params, as_json))
    result = msgspec.to_builtins(_ask(lambda given: function(here, **given), params))
    show(row.shows, result, as_json, here.typed)
    return FAILED if row.shows == "table:doctor" and any(finding["level"] == "bad" for finding in result) else DONE


def _secrets(here: Here, row: Row, password_file: Path | None) -> dict[str, Any]:
    """The secret fields of a command, which nobody types into its line."""
    names = [field.name for field in fields_of(row.params) if field.is_secret]
    return {name: credentials_for(here.config, new_password(password_file)) for name in names}


def _ask(call: Callable[[dict[str, Any]], Any], params: dict[str, Any]) -> Any:
    """What comes of a call; once more, and confirmed, where somebody is there to say yes. Raises AdminError."""
    try:
        return call(params)
    except NeedsYes as question:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        if not _confirm(str(question)):
            raise AdminError("nothing was done") from question
    return call({**params, "confirmed": True})


def _confirm(sentence: str) -> bool:
    why = sentence.partition("say --yes")[0].rstrip(": ")
    asked = f"{why[:1].upper()}{why[1:]}. Go on?" if why else "Go on?"
    try:
        return click.confirm(plain(asked), err=True)
    except click.Abort:
        click.echo(err=True)  # the line of the question has no end yet
        return False
