"""A store in a directory of its own."""

from __future__ import annotations

import pytest

from chatkit.store.database import Store


@pytest.fixture
def open_store(tmp_path):
    stores = []

    def make(**options) -> Store:
        stores.append(Store(tmp_path, **options))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store) -> Store:
    return open_store()
