"""``chatkit history``: reads a server's history from its data directory, whether the server runs or not."""
