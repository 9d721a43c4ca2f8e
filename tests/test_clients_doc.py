"""docs/clients.md says of keys, commands and settings what the clients' own tables say, and its pictures exist."""

from __future__ import annotations

import re

from chatkit.client.commands.table import ALIASES
from chatkit.plain_parts.asking import CANCEL
from tests.clients_doc import DOCUMENT, with_tables


def test_the_tables_are_those_of_the_clients():
    """``python -m tests.clients_doc`` mends it."""
    text = DOCUMENT.read_text()
    assert with_tables(text) == text


def test_the_pictures_are_there():
    pictures = re.findall(r"!\[[^]]*\]\((pictures/[^)]+)\)", DOCUMENT.read_text())
    assert pictures
    assert not [name for name in pictures if not (DOCUMENT.parent / name).is_file()]


def test_every_command_that_the_text_names_exists():
    named = set(re.findall(r"`/([a-z]+)", DOCUMENT.read_text()))
    assert named
    assert not {word for word in named if word not in ALIASES and f"/{word}" != CANCEL}
