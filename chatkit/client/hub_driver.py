"""All networks of a user in a program without an event loop."""

from __future__ import annotations

from typing import TextIO

from chatkit.client.driver import Loop
from chatkit.client.hub import Hub
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.options import Start


class HubDriver(Loop[Hub]):
    """Pumps ``hub``. Beside driver.py, because bots and scripts have no use for a Hub."""

    def __init__(self, start: Start, output: TextIO | None = None, *, kept: Keepsakes | None = None) -> None:
        super().__init__(lambda wake: Hub(start, wake, kept=kept), output)

    @property
    def hub(self) -> Hub:
        """The networks."""
        return self._client
