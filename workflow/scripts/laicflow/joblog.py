"""The log of a job: all that it prints, and a plain message where it fails."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from laicflow.errors import LaicflowError

# What the imports of a job leave is no garbage. To look for some among a million objects again and
# again took a quarter of the time in which torch and Lightning are imported.
_USUAL = gc.get_threshold()
gc.set_threshold(100_000, 50, 1000)


@contextlib.contextmanager
def job(log: str | Path, code: str = "") -> Iterator[None]:
    """Send stdout and stderr to the file `log` while the work runs.

    A LaicflowError ends the process with status 1 and its message, which says what to do, in the
    log and on the terminal; any other error keeps its traceback.

    Parameters
    ----------
    log : path of the log file
    code : digest of the code that runs, for the sidecars of what is written
    """
    gc.freeze()
    gc.set_threshold(*_USUAL)
    os.environ["LAICFLOW_CODE"] = code
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with open(log, "w", encoding="utf-8", buffering=1) as handle:
        try:
            with contextlib.redirect_stdout(handle), contextlib.redirect_stderr(handle):
                yield
                print(f"done in {time.monotonic() - begin:.1f} s")
        except LaicflowError as error:
            message = f"error: {error}"
            print(message, file=handle)
            print(message, file=sys.stderr)
            sys.exit(1)
        except Exception:
            import traceback

            traceback.print_exc(file=handle)
            raise
