"""How many examples the tests by example try.

``CHATKIT_EXAMPLES=whole`` asks for all of them, as ``make examples`` does; the suite tries a third, others each time.
It is read here, when the tests are collected: no test sees such variables of whoever runs it.
"""

from __future__ import annotations

import os

WHOLE = os.environ.get("CHATKIT_EXAMPLES") == "whole"
LEAST = 15  # or all of them, if that is fewer


def examples(whole: int = 100) -> int:
    """``max_examples`` of a test that is to try the ``whole`` when there is time."""
    return whole if WHOLE else min(whole, max(whole // 3, LEAST))
