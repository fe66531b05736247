"""Where an interrupted fit goes on."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import torch

from laicflow.store import atomic_path
from laicflow.training.data import Arrays

# Seconds between two checkpoints: short fits never write one.
EVERY = 60.0


class Checkpoint:
    """One file in a scratch folder, which belongs to one fit alone.

    Its name holds a digest of all that the fit hangs on (first weights, samples, options, seed,
    version of torch), so that the checkpoint of another fit is never taken up.

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
    ) -> Checkpoint:
        """The checkpoint of a fit."""
        if folder is None:
            return cls(None)
        meaning = {key: value for key, value in settings.items() if key != "threads"}
        whole = digest_of(sets, [meaning, seed, torch.__version__])
        for name, tensor in network.state_dict().items():
            whole.update(name.encode())
            whole.update(tensor.contiguous().numpy().tobytes())
        return cls(Path(folder) / f"{whole.hexdigest()[:24]}.fit.pt")

    def load(self) -> dict[str, Any] | None:
        """What an interrupted fit left, None where there is nothing."""
        if self.path is None or not self.path.is_file():
            return None
        return torch.load(self.path, map_location="cpu", weights_only=True)

    def save(self, content: dict[str, Any]) -> None:
        """Write tensors and plain numbers, if enough time has passed."""
        if self.path is None or time.monotonic() - self.last < EVERY:
            return
        with atomic_path(self.path) as temporary:
            torch.save(content, temporary)
        self.last = time.monotonic()

    def remove(self) -> None:
        """The fit is done."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def digest_of(sets: tuple[Arrays | None, ...], others: object) -> Any:
    """A running sha256 over samples and whatever JSON can hold."""
    whole = hashlib.sha256(json.dumps(others, sort_keys=True, default=str).encode())
    for arrays in sets:
        if arrays is not None:
            whole.update(str((arrays.x.shape, str(arrays.x.dtype), arrays.ids)).encode())
            whole.update(arrays.x.tobytes())
            whole.update(arrays.y.tobytes())
    return whole
