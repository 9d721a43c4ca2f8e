"""An operator for tests: ``OPER ada secret``."""

from __future__ import annotations

from functools import cache
from typing import Any

from chatkit.config import Accounts
from chatkit.workers.passwords import Passwords


@cache
def hash_of(password: str) -> str:
    """What stands for ``password`` in the settings."""
    return Passwords(lambda query: None, Accounts(argon2="test")).hash(password).password


def an_oper(name: str = "ada", password: str | None = None, **settings: Any) -> dict[str, Any]:
    """An entry of [[opers]]; the password is "secret", or another, or with "" there is none."""
    phc = "" if password == "" else hash_of(password or "secret")
    return {"name": name, "password_hash": phc, **settings}
