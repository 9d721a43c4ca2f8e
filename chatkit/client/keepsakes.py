"""All that a user's clients keep."""

from __future__ import annotations

import msgspec

from chatkit.client.credentials import Credentials, Drawer
from chatkit.client.drafts import Drafts
from chatkit.client.remembered import Recent
from chatkit.client.settings_store import SettingsStore
from chatkit.client.trust import Trust


class Keepsakes(msgspec.Struct, frozen=True):
    """What a Hub is given of the user's files and keyring."""

    settings: SettingsStore
    trust: Trust
    credentials: Credentials
    drafts: Drafts
    recent: Recent

    @classmethod
    def of_user(cls) -> Keepsakes:
        """Those of the user who runs the program. A mistake in the settings is in ``settings.trouble``."""
        return cls(SettingsStore.of_user(), Trust(), Credentials(), Drafts(), Recent())

    @classmethod
    def in_memory(cls) -> Keepsakes:
        """New ones that no file and no keyring will hear of."""
        return cls(
            SettingsStore.in_memory(),
            Trust(in_memory=True),
            Credentials(Drawer()),
            Drafts(in_memory=True),
            Recent(in_memory=True),
        )
