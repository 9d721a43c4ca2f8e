"""Passwords that are to be set: asked for or read from a file, and hashed before they go anywhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatkit.admin.errors import Mistake

if TYPE_CHECKING:
    from chatkit.config import Config


def first_line(path: Path, option: str) -> str:
    """The first line of a file that an ``option`` names. Raises Mistake."""
    from chatkit.config import ConfigError  # late: most commands read no file
    from chatkit.premises import read_password

    try:
        return read_password(str(path), option) or ""
    except ConfigError as error:
        raise Mistake(str(error)) from error


def new_password(path: Path | None) -> str:
    """A password that is to be set: from a file, typed twice, or the first line of what is piped in. Raises Mistake."""
    if path is not None:
        return first_line(path, "--password-file")
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    piped = sys.stdin.readline().rstrip("\r\n")
    if not piped:
        raise Mistake("no password came in: type it, pipe it in, or name a --password-file")
    return piped


def credentials_for(config: Config, password: str) -> dict[str, Any]:
    """What is kept of a new password, as plain data. Takes as long as a log-in. Raises Mistake for what may be none."""
    import msgspec

    from chatkit.proto import passwords
    from chatkit.workers.passwords import Passwords

    shortest = config.accounts.min_password
    if passwords.prepare(password) is None:
        raise Mistake(f"a password has up to {passwords.MAX_BYTES} bytes and no invisible characters")
    if len(password) < shortest:
        raise Mistake(f"a password needs at least {shortest} characters (accounts.min_password)")
    return dict(msgspec.to_builtins(Passwords(lambda query: None, config.accounts).hash(password)))
