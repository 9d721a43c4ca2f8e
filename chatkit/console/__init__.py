"""The server's console: its log as plain lines, as JSON, or as a live view on a terminal."""

from chatkit.console.console import Console

__all__ = ["Console"]
