"""Whether the files are right that the settings name."""
