"""A server's directory: made, locked, and with nobody else looking in."""
