"""`python -m laicflow.replica FOLDER`: serve a folder of real files by hand."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from laicflow.replica.server import SOURCES, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the base URL of each source is printed first."""
    parser = argparse.ArgumentParser(
        prog="python -m laicflow.replica", description="Serve a folder as the upstreams would."
    )
    parser.add_argument("folder", type=Path, help="folder with ionex/, catalogs/, indices/")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument(
        "--catalogs", action="append", metavar="GLOB", help="event catalogs to merge (repeatable)"
    )
    given = parser.parse_args(arguments)
    try:
        with serve(given.folder, catalogs=given.catalogs, port=given.port) as replica:
            for source in SOURCES:
                print(f"{source:10} {replica.base(source)}", flush=True)
            print("Ctrl-C ends it.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(f"cannot serve {given.folder}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
