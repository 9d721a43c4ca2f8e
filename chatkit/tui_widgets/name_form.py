"""The question for a name: before the first connection, and again whenever the server will not have it."""

from __future__ import annotations

from collections.abc import Callable

from chatkit.client.forms import Field, Form

WELCOME = "Welcome! Under what name do you want to talk?"
EMPTY = "Please type a name: letters, digits, - and _"


def name_form(
    question: str, suggestion: str, where: str, choose: Callable[[str], None], give_up: Callable[[], None]
) -> Form:
    """Asks until there is one."""

    def submit(values: dict[str, str]) -> Form | None:
        name = values["name"].strip()
        if not name:
            return name_form(EMPTY, suggestion, where, choose, give_up)
        choose(name)
        return None

    field = Field("name", "Your name", suggestion, optional=True)
    return Form(f"chatkit · {where}", question, "Join", submit, (field,), give_up)
