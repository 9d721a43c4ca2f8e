"""Fixtures of the client's tests."""

from __future__ import annotations

import pytest

from tests.client.conversation import Conversation


@pytest.fixture
def talk() -> Conversation:
    """A registered client in #room, with Bob, on a server that can do everything."""
    conversation = Conversation()
    conversation.register()
    conversation.enter()
    conversation.taken()
    return conversation
