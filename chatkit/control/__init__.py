"""The control socket: how those who run the place look into a running server and act on it."""

from chatkit.control.service import ControlService

__all__ = ["ControlService"]
