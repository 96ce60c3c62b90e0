"""Named moments of a build where a test may kill it, fail it, fill the disk or hold it."""

from __future__ import annotations

import errno
import os
import signal

# Every step of a build, in order. The chaos tests go through this list: a step nobody reaches fails them.
STEPS: tuple[str, ...] = (
    "build.locked",
    "build.swept",
    "build.opened",
    "build.loaded",
    "build.computed",
    "build.checked",
    "build.closed",
    "publish.verified",
    "publish.file_synced",
    "publish.renamed",
    "publish.folder_synced",
    "publish.manifest_aside",
    "publish.manifest_written",
    "publish.pointer_aside",
    "publish.pointer_moved",
    "publish.retired",
)
VARIABLE = "COUVERT_FAULT"


class InjectedFault(RuntimeError):  # noqa: N818  it is not an error of the house
    """Raised on request by `checkpoint`; nothing in the house catches it."""


def checkpoint(name: str) -> None:
    """Do nothing, unless COUVERT_FAULT is `name` or `name:kill|raise|enospc|pause`.

    kill (the default) is what a power cut does to the process; enospc is what a full disk answers; pause stops
    the process until it is sent SIGCONT.
    """
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    if name not in STEPS:
        raise ValueError(f"“{name}” is not in STEPS")
    step, _, fault = asked.partition(":")
    if step != name:
        return
    if fault in ("", "kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "raise":
        raise InjectedFault(name)
    elif fault == "enospc":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    elif fault == "pause":
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        raise ValueError(f"{VARIABLE}={asked}: say kill, raise, enospc or pause")
