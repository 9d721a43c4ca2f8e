"""What outlives the process: history in SQLite."""
