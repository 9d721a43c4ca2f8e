"""The passwords of IRC operators, which the settings have as hashes or name files with hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatkit.config import ConfigError, Oper
from chatkit.premises import read_password

Verify = Callable[[str | None, str], bool]


class Operators:
    """Checks operators' passwords. From any number of threads; it keeps nothing that changes."""

    def __init__(self, opers: Iterable[Oper], verify: Verify) -> None:
        """``verify`` says whether a hash is that of a password, and takes as long for None. Raises ConfigError."""
        self._hashes = {oper.name: oper.password_hash or _read_hash(oper) for oper in opers}
        self._verify = verify

    def check(self, name: str, password: str) -> bool:
        """Whether the operator called ``name`` has this password. Blocks as long for one that does not exist."""
        return self._verify(self._hashes.get(name) or None, password)


def _read_hash(oper: Oper) -> str:
    file, key = oper.password_file, f"opers: password_file of {oper.name!r}"
    hashed = read_password(file, key) or ""
    if file and not hashed.startswith("$argon2id$"):
        raise ConfigError(f"{key}: the first line of {file} is none that 'chatkit config hash-password' printed")
    return hashed.strip()
