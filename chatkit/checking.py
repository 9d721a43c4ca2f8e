"""Whether the files are right that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from chatkit.config import Config, ConfigError
from chatkit.net.transport.identity import Identity
from chatkit.premises import read_lines, read_password
from chatkit.workers.mail import Mailer
from chatkit.workers.operators import Operators


def _read_certificate(config: Config) -> None:
    tls = config.tls
    if tls.mode != "off" and tls.certificate:
        Identity(Path(tls.certificate), Path(tls.key or tls.certificate))


# Each reads what a server reads when it starts, in the same way. Raises ConfigError.
READERS: tuple[Callable[[Config], object], ...] = (
    lambda config: read_lines(config.motd, "motd"),
    lambda config: read_password(config.password_file, "password_file"),
    _read_certificate,
    lambda config: Mailer(config.mail),
    lambda config: Operators(config.opers, lambda hashed, password: False),
)


def mistakes(config: Config) -> Iterator[str]:
    """What is wrong with the files that ``config`` names, a line each."""
    for read in READERS:
        try:
            read(config)
        except ConfigError as error:
            yield str(error)
