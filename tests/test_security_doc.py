"""docs/security.md: each promise names the test that shows it."""

from __future__ import annotations

import re

import pytest

from tests.named import ROOT, is_test

TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| `(tests/\S+?)` \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("name", sorted({name for _, _, name in ROWS}))
def test_the_test_of_each_promise_is_there(name):
    assert is_test(name)


def test_every_row_is_a_promise_with_a_test():
    lines = [line for line in TEXT.splitlines() if line.startswith("|") and not line.startswith(("| promise ", "|---"))]
    assert len(ROWS) == len(lines) > 50
