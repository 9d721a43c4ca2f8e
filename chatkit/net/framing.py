"""A byte stream cut into lines."""

from __future__ import annotations


class LineFramer:
    """Cuts what a peer sends at LF, without the LF and a CR before it. Empty lines are left out.

    A line of more than ``limit`` bytes comes out as its first ``limit + 1`` bytes, so that whoever parses it sees that
    it is too long; the rest is dropped as it arrives. So no peer makes this keep more than ``limit + 2`` bytes.
    """

    __slots__ = ("_limit", "_rest", "_skipping")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes."""
        if self._skipping:
            _, newline, data = data.partition(b"\n")
            if not newline:
                return []
            self._skipping = False
        if self._rest:
            data = self._rest + data
        *lines, rest = data.replace(b"\r\n", b"\n").split(b"\n")
        limit = self._limit
        if len(rest) > limit + 1:  # one more than the limit may still be a CR
            lines.append(rest)
            rest = b""
            self._skipping = True
        self._rest = rest
        return [line if len(line) <= limit else line[: limit + 1] for line in lines if line]
