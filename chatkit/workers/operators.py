"""The passwords of IRC operators, which the settings have as hashes or name files with hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from chatkit.config import ConfigError, Oper

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
    if not oper.password_file:
        return ""
    file, key = oper.password_file, f"opers: password_file of {oper.name!r}"
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{key}: cannot read {file}: {getattr(error, 'strerror', None) or error}") from error
    if not lines or not lines[0].startswith("$argon2id$"):
        raise ConfigError(f"{key}: the first line of {file} is none that 'chatkit config hash-password' printed")
    return lines[0].strip()
