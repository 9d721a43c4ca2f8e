"""What the commands of the family "accounts" take."""

from __future__ import annotations

from chatkit.control.row import Row

ROWS: tuple[Row, ...] = ()
