"""A kind of service that no other test, and nothing else on the machine, announces or looks for on the local network.

``python -m tests.own_service KIND serve ...`` is chatkit in a process that announces such services, and finds them.
"""

from __future__ import annotations

import itertools
import os
import sys

import pytest

from chatkit.cli import cli
from chatkit.net import announcing, discovering

_NUMBERS = itertools.count()


def new_kind() -> str:
    """One that nobody had before."""
    return f"_t{os.getpid()}-{next(_NUMBERS)}._tcp.local."  # no more than 15 letters, RFC 6335 section 5.1


def use(kind: str, patch: pytest.MonkeyPatch) -> None:
    """Let this process announce, and look for, this kind of service as long as ``patch`` lasts."""
    for module in (announcing, discovering):
        patch.setattr(module, "SERVICE", kind)


if __name__ == "__main__":
    use(sys.argv[1], pytest.MonkeyPatch())
    cli(sys.argv[2:], prog_name="chatkit")
