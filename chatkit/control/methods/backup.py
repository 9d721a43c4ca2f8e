"""What the commands of the family "backup" do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chatkit.control.params.general import Backup
from chatkit.control.plan import Actor, Changed, refused
from chatkit.control.runner import Desk, does
from chatkit.store.backing_up import BackupError

DIRECTORY = "backups"  # in the data directory: for those who ask from elsewhere, and name a file alone


@does("backup")
def backup(desk: Desk, params: Backup, actor: Actor) -> Changed:
    """Write a copy of everything to a file.

    Who asks over the control socket may name any place by its whole path; else only the name counts, and it is written
    into the server's own directory. Refuses: a file that is there already, a place that cannot be written to.
    """
    directory = desk.host.act(lambda ircd, _now: ircd.config.data_dir) / DIRECTORY
    path = _place(directory, params.file, actor)
    if params.dry_run:
        return Changed(f"Wrote {path}", (str(path),))
    try:
        if path.parent == directory:
            directory.mkdir(mode=0o700, exist_ok=True)
        size = desk.host.backup(path)
    except BackupError as error:
        raise refused(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise refused(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    return Changed(f"Wrote {path}, {size:,} bytes", (str(path),))


def _place(directory: Path, file: str, actor: Actor) -> Path:
    path = Path(file)
    if "\0" in file or path.name in ("", "..", "."):
        raise refused("a backup needs the name of a file")
    return path if path.is_absolute() and actor.privileges is None else directory / path.name
