"""The command line: make the site of the version readers are given, or of another one."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Make one site; gives 0, or 1 after a one-line error on standard error."""
    parser = argparse.ArgumentParser(prog="python -m publish", description=__doc__)
    parser.add_argument("--edition", default=os.environ.get("COUVERT_EDITION") or "montreal")
    parser.add_argument("--version", default="", help="default: the one readers are given")
    parser.add_argument("--versions", type=Path, help="folder of versions; default: COUVERT_VERSIONS or data/versions")
    parser.add_argument("--site", type=Path, help="folder of sites; default: COUVERT_SITE or data/site")
    asked = parser.parse_args(arguments)
    if asked.versions is not None:
        os.environ["COUVERT_VERSIONS"] = str(asked.versions)
    from loaders.store import LoadError, current_version, open_store
    from publish import site

    try:
        version = asked.version or current_version(asked.edition)
        if not version:
            raise LoadError(f"nothing is published for “{asked.edition}”",
                            remedy=f"Run: python -m loaders build --edition {asked.edition}")
        print(site.publish(open_store(asked.edition, version), asked.site, _tell))
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Readers have the site they had.", file=sys.stderr)
        return 130
    return 0


def _tell(what: str, done: int, total: int) -> None:
    if done % 20 == 0 or done == total - 1:
        print(f"[{done + 1}/{total}] {what}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
