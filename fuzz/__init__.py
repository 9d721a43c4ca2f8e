"""Everything that reads what strangers send, as functions that take bytes: for atheris, hypothesis and the corpus."""
