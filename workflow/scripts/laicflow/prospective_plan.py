"""What an update of forecasts is asked, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr


@dataclass(frozen=True)
class Plan:
    """What is brought up to date.

    Attributes
    ----------
    run, study, variant, experiment : names of the forecasts, and of random numbers
    seed : number of the chain of models; a ledger has forecasts of one seed
    settings : the study, the variant laid over it; of `prospective` are used `start` (no window
        that ends before it is scored; until then what is known is history), `epochs` (of each
        training that goes on) and `threshold` (an alarm is a score at or above it), and what the
        study's hooks read
    model, model_options : a network of the registry
    training : options of a fit; `epochs` are those of the first training
    code : digest of the code
    registered : what is registered of all this (`laicflow.registered`)
    weights : receipt of published weights from which the first network starts; "" without any
    """

    run: str
    study: str
    variant: str
    experiment: str
    seed: int
    settings: dict
    model: str
    model_options: dict
    training: dict
    code: str = ""
    registered: dict[str, Any] = field(default_factory=dict)
    weights: str = ""

    @property
    def key(self) -> dict[str, str]:
        """The columns that all its rows of the ledger share."""
        return {name: getattr(self, name) for name in ("run", "study", "variant", "experiment")}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its models and random numbers."""
        return (*self.key.values(), str(self.seed))


@dataclass(frozen=True)
class Data:
    """What is at hand.

    Attributes
    ----------
    tensors : what the study's `windows.prepare` made, from the start of its period to now
    events : the merged catalog, up to now
    indices : tables `kp`, `dst`, `f107`, None where there is none
    inputs_sha256 : of all files behind these
    available_at : when the last of them came here
    """

    tensors: xr.Dataset
    events: pd.DataFrame
    indices: dict[str, pd.DataFrame | None]
    inputs_sha256: str
    available_at: pd.Timestamp
