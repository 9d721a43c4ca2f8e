"""What a system needs to run a server by itself: see ``chatkit install systemd``."""
