"""The wire: how IRC messages, tags, masks and modes are written. Pure functions and data."""
