"""chatkit: self-hosted real-time chat. A server, clients, an admin console and bots, on the IRC protocol.

The public API is imported when it is first used::

    from chatkit import Bot, Client, Config, Server
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatkit.bot import Bot as Bot
    from chatkit.client.blocking import Client as Client
    from chatkit.config import Config as Config
    from chatkit.server import Server as Server

__version__ = "0.1.0"
__all__ = ["Bot", "Client", "Config", "Server", "__version__"]  # by __getattr__

_HOMES = {
    "Bot": "chatkit.bot",
    "Client": "chatkit.client.blocking",
    "Config": "chatkit.config",
    "Server": "chatkit.server",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'chatkit' has no attribute {name!r}")
