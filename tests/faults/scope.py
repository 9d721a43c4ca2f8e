"""How much of each fault is done, and what came of it.

``CHATKIT_FAULTS=whole`` asks for the full size. ``CHATKIT_FAULT_REPORT`` names a file that gets a line of JSON for each
fault. They are read here, when the tests are collected: no test sees such variables of whoever runs it.
"""

from __future__ import annotations

import json
import os
from typing import TypeVar

WHOLE = os.environ.get("CHATKIT_FAULTS") == "whole"
REPORT = os.environ.get("CHATKIT_FAULT_REPORT")

N = TypeVar("N", int, float)


def size(few: N, whole: N) -> N:
    """So many of something: ``few`` in the suite, the ``whole`` for ``make faults``."""
    return whole if WHOLE else few


def note(fault: str, **figures: float) -> None:
    """Put what came of a fault into the report, if one is wanted."""
    if REPORT is not None:
        with open(REPORT, "a") as file:
            file.write(json.dumps({"fault": fault, **figures}) + "\n")
