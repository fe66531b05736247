"""Where an interrupted fit goes on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import torch

from laicflow.files import atomic_path
from laicflow.training.data import Arrays

# Seconds between two checkpoints: short fits never write one.
EVERY = 60.0

# Length of the sha256 that stands behind the content of a checkpoint.
DIGEST = 32

# What torch raises on a file that it did not write, or not to its end.
UNREADABLE = (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError)


class Checkpoint:
    """One file in a scratch folder, which belongs to one fit alone.

    Its name holds a digest of all that the fit hangs on (the network and its first weights,
    samples, options, seed, code, version of torch), so that the checkpoint of another fit is never
    taken up. Behind its content stands the content's sha256, since torch reads changed tensors
    without a word.

    Parameters
    ----------
    path : the file, None for no checkpoint at all
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.last = time.monotonic()

    @classmethod
    def of(
        cls,
        folder: Path | None,
        network: torch.nn.Module,
        sets: tuple[Arrays | None, ...],
        settings: dict[str, Any],
        seed: int,
        made: object = None,
    ) -> Checkpoint:
        """The checkpoint of a fit; `made` is what `fit` says of it."""
        if folder is None:
            return cls(None)
        meaning = {key: value for key, value in settings.items() if key != "threads"}
        code = os.environ.get("LAICFLOW_CODE", "")
        whole = digest_of(sets, [meaning, made, seed, torch.__version__, code])
        for name, tensor in network.state_dict().items():
            whole.update(name.encode())
            whole.update(tensor.contiguous().numpy().tobytes())
        return cls(Path(folder) / f"{whole.hexdigest()[:24]}.fit.pt")

    def load(self) -> dict[str, Any] | None:
        """What an interrupted fit left, None where there is nothing.

        A file that is damaged is removed, and the log says so.
        """
        if self.path is None:
            return None
        self._sweep()
        if not self.path.is_file():
            return None
        if _whole(self.path):
            with contextlib.suppress(*UNREADABLE):
                return torch.load(self.path, map_location="cpu", weights_only=True)
        print(
            f"{self.path.name}: the checkpoint is damaged and was removed, training starts over",
            file=sys.stderr,
            flush=True,
        )
        self.path.unlink()
        return None

    def save(self, content: dict[str, Any]) -> None:
        """Write tensors and plain numbers, if enough time has passed."""
        if self.path is None or time.monotonic() - self.last < EVERY:
            return
        with atomic_path(self.path) as temporary:
            torch.save(content, temporary)
            with open(temporary, "rb+") as handle:
                handle.write(hashlib.file_digest(handle, "sha256").digest())
        self.last = time.monotonic()

    def remove(self) -> None:
        """The fit is done."""
        if self.path is not None:
            self._sweep()
            self.path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what a process that was killed while it wrote has left half written."""
        for half in self.path.parent.glob(f".*.{self.path.name}"):
            half.unlink(missing_ok=True)


def _whole(path: Path) -> bool:
    """Whether a file ends with the sha256 of what stands before."""
    whole = hashlib.sha256()
    left = path.stat().st_size - DIGEST
    if left <= 0:
        return False
    with open(path, "rb") as handle:
        while left > 0:
            part = handle.read(min(left, 1 << 20))
            if not part:
                return False
            whole.update(part)
            left -= len(part)
        return handle.read() == whole.digest()


def digest_of(sets: tuple[Arrays | None, ...], others: object) -> Any:
    """A running sha256 over samples and whatever JSON can hold."""
    whole = hashlib.sha256(json.dumps(others, sort_keys=True, default=str).encode())
    for arrays in sets:
        if arrays is not None:
            whole.update(str((arrays.x.shape, str(arrays.x.dtype), arrays.ids)).encode())
            whole.update(arrays.x.tobytes())
            whole.update(arrays.y.tobytes())
            if arrays.classes != 2:
                whole.update(f"{arrays.classes} classes".encode())
    return whole
