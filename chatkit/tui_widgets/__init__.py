"""The parts of the terminal client: one widget a file, its style sheet beside it."""
