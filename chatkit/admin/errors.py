"""What can go wrong for those who run the place: one sentence each, and the exit status that it gives."""

from __future__ import annotations

DONE, FAILED = 0, 1  # exit statuses


class AdminError(Exception):
    """It did not work: one sentence that says why."""

    status = FAILED


class NoServer(AdminError):
    """There is no server to ask."""


class NeedsYes(AdminError):
    """The server asks whether it is meant: it hits many, or cannot be taken back."""


class NotUnderstood(AdminError):
    """The server does not know the command, or something about it: it may be of another version."""


class Mistake(AdminError):
    """A mistake in the call or the settings."""

    status = 2
