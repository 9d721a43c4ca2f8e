"""Looking for garbage while nobody waits: what hangs together in circles is not freed by itself."""

from __future__ import annotations

import gc

PAUSE = 2.0  # seconds without a key or the mouse before what is new is looked through
LONG_PAUSE = 30.0  # the same, before everything is: a tenth of a second in a long room
BETWEEN = 300.0  # seconds at least from looking through everything to the next time
WORTH_IT = 2_000  # new objects; there is next to no garbage among them
AT_LAST = 100_000  # new objects that are looked through even while somebody types


class Garbage:
    """Looks instead of Python, which would do it in the middle of a drawing. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._looked_through = 0.0  # when everything was

    def take_over(self) -> None:
        """From now on ``look`` has to be called every now and then. What is there now stays."""
        gc.freeze()
        gc.disable()

    def look(self, now: float, touched: float) -> None:
        """Look for garbage, if it is a good moment. ``touched`` is when the user did something last."""
        new = gc.get_count()[0]
        if now > max(touched + LONG_PAUSE, self._looked_through + BETWEEN):
            self._looked_through = now
            gc.collect()
        elif new > AT_LAST or (new > WORTH_IT and now > touched + PAUSE):
            gc.collect(0)
