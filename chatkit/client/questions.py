"""What a Hub asks the user by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.forms import YES, Field, Form
from chatkit.client.security import groups

if TYPE_CHECKING:
    from chatkit.client.dialing import Doubt
    from chatkit.client.model import Line

QUOTED = 100  # characters of a message


def about_paste(room: str, lines: int, send: Callable[[], None], keep: Callable[[], None]) -> Form:
    """Whether so many lines are meant to be sent at once; ``keep`` has them back where one types."""

    def submit(_: dict[str, str]) -> None:
        send()

    return Form(words.many_lines(lines), words.many_lines_to(room), "Send", submit, cancel=keep)


def about_deletion(line: Line, delete: Callable[[], None]) -> Form:
    """Whether to take back a message for everyone."""

    def submit(_: dict[str, str]) -> None:
        delete()

    return Form(words.DELETE_IT, quoted(line), "Delete", submit, danger=True, of_typed=True)


def quoted(line: Line) -> str:
    """A message in one line, to be asked about."""
    said = " ".join(line.text.split())
    return f"{line.nick}: {said[:QUOTED]}{'…' if len(said) > QUOTED else ''}"


def about_certificate(network: str, doubt: Doubt, trust: Callable[[], object]) -> Form:
    """Whether to trust a server whose certificate is another, or unknown."""

    def submit(_: dict[str, str]) -> None:
        trust()

    shown = [words.sentence(doubt.words), "", "Now:", groups(doubt.fingerprint)]
    if doubt.before:
        shown += ["Before:", groups(doubt.before)]
    title = f"Is this really {network}?"
    return Form(title, "\n".join([*shown, "", words.ASK_AN_ADMIN]), "Trust the new one", submit, danger=True)


def about_server_password(network: str, text: str, give: Callable[[str, bool], None]) -> Form:
    """The password that the server itself asks for. ``give`` gets it, and whether to keep it."""

    def submit(values: dict[str, str]) -> Form | None:
        if not values["password"]:
            return about_server_password(network, words.PASSWORD_NEEDED, give)
        give(values["password"], values["keep"] == YES)
        return None

    fields = (Field("password", "Password", kind="password"), _keep())
    return Form(f"The password of {network}", text, "Connect", submit, fields)


def about_log_in(network: str, text: str, account: str, log_in: Callable[[str, str, bool], None]) -> Form:
    """As whom to log in. ``log_in`` gets the account, the password, and whether to keep it."""

    def submit(values: dict[str, str]) -> Form | None:
        if not values["account"].strip() or not values["password"]:
            return about_log_in(network, "An account and its password are needed.", values["account"], log_in)
        log_in(values["account"].strip(), values["password"], values["keep"] == YES)
        return None

    fields = (
        Field("account", "Account", account),
        Field("password", "Password", kind="password"),
        _keep(),
    )
    return Form(f"Log in to {network}", text, "Log in", submit, fields)


def _keep() -> Field:
    return Field("keep", "Keep the password in the keyring", YES, kind="yesno")
