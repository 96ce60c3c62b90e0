"""Temporary folders that do not outlive their process: what a killed one left is removed by the next."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
from pathlib import Path

PREFIX = "couvert-held-"
_FIRST = threading.Lock()
_looked: set[str] = set()


class Scratch(tempfile.TemporaryDirectory[str]):
    """A folder of this process, readable by its owner only; held by a lock that the kernel drops with the process.

    The first of a process removes those whose process is gone: a build killed while it read a partner's file, a
    server killed while it read an upload.
    """

    def __init__(self) -> None:
        """Make it under the system's folder of temporary files."""
        with _FIRST:
            if tempfile.gettempdir() not in _looked:
                _looked.add(tempfile.gettempdir())
                abandoned()
        while True:
            super().__init__(prefix=PREFIX)
            self._held = os.open(self.name, os.O_RDONLY)
            fcntl.flock(self._held, fcntl.LOCK_EX)
            if Path(self.name).exists():
                return
            os.close(self._held)  # another process took it for an abandoned one before it was held

    def cleanup(self) -> None:
        """Remove the folder, then let go of it."""
        super().cleanup()
        if self._held >= 0:
            os.close(self._held)
            self._held = -1


def abandoned() -> list[str]:
    """Remove the folders no process holds; gives their names."""
    gone = []
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or just removed by its own process
            if path.is_symlink() or path.stat().st_uid != os.getuid():
                continue
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
                gone.append(path.name)
            finally:
                os.close(handle)
    return sorted(gone)
