"""``chatkit admin restore``: what a backup has, put back into the data directory of a server that does not run."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from chatkit.admin.doing import Here
from chatkit.admin.errors import AdminError, NeedsYes
from chatkit.premises import ServerError, make_directory, only_server
from chatkit.store.backing_up import BackupError, examine, restore
from chatkit.store.database import FILE_NAME, StoreError


def run(here: Here, file: str, reason: str = "", dry_run: bool = False, confirmed: bool = False) -> dict[str, Any]:
    """Put the backup ``file`` back. Asks first if something is there. Raises AdminError."""
    backup, directory = Path(file), here.config.data_dir
    try:
        manifest = examine(backup)
        if dry_run:
            return {"said": f"Would put back what was stored on {manifest.made}", "hits": [str(directory)]}
        make_directory(directory)
        with only_server(directory):
            if (directory / FILE_NAME).exists() and not confirmed:
                _ask(f"{directory} has a history already; it will be put aside for that of {manifest.made}")
            restored = restore(backup, directory)
    except (BackupError, ServerError, StoreError) as error:
        raise AdminError(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise AdminError(f"cannot restore {backup}: {getattr(error, 'strerror', None) or error}") from error
    said = f"Put back what was stored on {restored.made}; what was there before is in {restored.aside}"
    return {"said": said, "hits": [str(directory)]}


def _ask(why: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NeedsYes(f"{why}: say --yes to go on")
    if not click.confirm(f"{why}. Go on?", err=True):
        raise AdminError("nothing was done")
