"""`python -m serving headers` prints the proxy's headers; `python -m serving check` says whether the settings fit."""

from __future__ import annotations

import argparse

from serving import headers, settings


def main(arguments: list[str] | None = None) -> int:
    """One command; gives 0, or leaves with 2 where the settings do not let the server start."""
    parser = argparse.ArgumentParser(prog="python -m serving", description=__doc__)
    parser.add_argument("command", choices=("headers", "check"))
    asked = parser.parse_args(arguments)
    if asked.command == "headers":
        print(headers.for_nginx(), end="")
        return 0
    try:
        settings.read()
    except settings.MisfitError as error:
        settings.refuse(error.faults)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
