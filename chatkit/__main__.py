"""``python -m chatkit`` is ``chatkit``."""

from chatkit.cli import main

main()
