"""Whole numbers on a command line, whose bounds are told in words."""

from __future__ import annotations

from typing import Any

import click

UNTOLD = 1 << 40  # a bound that large is the database's, and nobody's business


class Number(click.types.IntParamType):
    """A whole number, ``least`` at least and ``most`` at most."""

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self.least, self.most = least, most

    @property
    def bounds(self) -> str:
        """``0 to 1,000``; empty where there are none that anybody meets."""
        most = self.most if self.most is not None and self.most < UNTOLD else None
        if self.least is None:
            return "" if most is None else f"up to {most:,}"
        return f"{self.least:,} or more" if most is None else f"{self.least:,} to {most:,}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Fails with what it may be."""
        number = int(super().convert(value, param, ctx))
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            told = f"; it may be {self.bounds}" if self.bounds else ""
            self.fail(f"{number:,} is out of range{told}.", param, ctx)
        return number
