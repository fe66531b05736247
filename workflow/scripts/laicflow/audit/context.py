"""What the checks of the audit see of a variant: tables, gates, and the headline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from laicflow.errors import ConfigError
from laicflow.evaluation.baselines import PREFIX
from laicflow.evaluation.classes import class_count
from laicflow.schema import OF_FORECASTS, empty

# Gates and their defaults (AUDIT.md).
GATES = {
    "bootstrap": 1000,
    "min_blocks": 5,
    "support_days": 0.0,
    "level": 0.95,
    "threshold": 0.5,
    "r_corr_km": 1000.0,
    "entropy_bits": 0.05,
    "max_width": 0.2,
    "max_inflation": 0.03,
    "place_auc": 0.55,
    "matched_km": 500.0,
}
HEADLINE_DRAW = 0
# Experiments that the claim of a transfer names.
TRANSFER = ("real", "shuffled", "direct")
UNDECIDABLE = "undecidable: "
# How the evidence of a check begins that the study does not ask for: not run is not without data.
NOT_RUN = "not run: "
NO_TEST = "no test samples"
UNTRAINED = "the headline's network is not trained in this run"


@dataclass
class Context:
    """One variant of one study before the audit.

    Attributes
    ----------
    study, variant : their names
    samples, splits : tables of the variant
    predictions : of networks and baselines (experiments named `baseline_...`)
    scores : table `scores` of the same predictions
    options : gates that differ from GATES
    headline : claim, kind (precursor or forecast), experiment, metric, split; optionally transfer,
        which names three experiments: real and shuffled, trained on from a source with its labels
        and with shuffled ones, and direct, trained without a source
    notes : table `notes`, what was left out and why
    names : what names the random numbers
    compared : table `comparison` of the variants that differ in their split alone
    unlike : settings in which those variants are not like this one, beside the split
    trained : whether the run trains the headline's network at all
    fitted : what is fitted on what, each `what` and `on` (parts of the split); empty: not said
    """

    study: str
    variant: str
    samples: pd.DataFrame
    splits: pd.DataFrame
    predictions: pd.DataFrame
    scores: pd.DataFrame
    options: dict
    headline: dict
    notes: pd.DataFrame = field(default_factory=lambda: empty("notes"))
    names: Sequence[str | int] = ()
    compared: pd.DataFrame = field(default_factory=lambda: empty("comparison"))
    unlike: Sequence[str] = ()
    trained: bool = True
    fitted: Sequence[dict] = ()

    def __post_init__(self) -> None:
        """Refuse gates that are unknown and a headline that is not on the test samples."""
        unknown = sorted(set(self.options) - set(GATES))
        if unknown:
            raise ConfigError(f"unknown gates {', '.join(unknown)}; known are {', '.join(GATES)}")
        split = self.headline.get("split", "test")
        if split != "test":
            raise ConfigError(f"headline.split: expected 'test', found {split!r}")
        self.kind  # noqa: B018  (refuses an unknown kind)
        if self.transfer and set(self.transfer) != set(TRANSFER):
            found = ", ".join(self.transfer)
            raise ConfigError(f"headline.transfer: expected {', '.join(TRANSFER)}, found {found}")

    @property
    def gates(self) -> dict:
        """All gates."""
        return {**GATES, **self.options}

    @property
    def kind(self) -> str:
        """Kind of the claim."""
        kind = self.headline.get("kind", "precursor")
        if kind not in ("precursor", "forecast"):
            raise ConfigError(f"headline.kind: expected precursor or forecast, found {kind!r}")
        return kind

    @property
    def experiment(self) -> str:
        """The experiment of the headline."""
        return self.headline["experiment"]

    @property
    def metric(self) -> str:
        """The metric of the headline."""
        return self.headline["metric"]

    @property
    def transfer(self) -> dict[str, str]:
        """The experiments of a transfer, empty where the study makes none."""
        return self.headline.get("transfer") or {}

    @property
    def classes(self) -> int:
        """Number of classes of the predictions."""
        return class_count(self.predictions)

    def networks(self) -> list[str]:
        """Experiments that are no baselines, the headline's first, predicted or not."""
        found = sorted(self.predictions["experiment"].unique())
        others = [name for name in found if not name.startswith(PREFIX) and name != self.experiment]
        return [self.experiment, *others]

    def baselines(self) -> list[str]:
        """Baselines that have predictions or were tried."""
        found = {*self.predictions["experiment"].unique(), *self.notes["experiment"].unique()}
        return sorted(name for name in found if name.startswith(PREFIX))

    def tested(self, experiment: str) -> pd.DataFrame:
        """Test predictions of an experiment on the headline's draw, all seeds and folds."""
        table = self.predictions
        return table[
            (table["experiment"] == experiment)
            & (table["split"] == "test")
            & (table["draw"] == HEADLINE_DRAW)
        ]

    def why_untested(self, experiment: str) -> str:
        """Why an experiment has no test predictions, without the word undecidable."""
        if experiment == self.experiment and not self.trained:
            return UNTRAINED
        told = self.notes[self.notes["experiment"] == experiment]["why"]
        told = told[told.str.startswith(UNDECIDABLE)]
        if told.empty:
            none = (self.scores["experiment"] == experiment) & (self.scores["n"] == 0)
            told = self.scores.loc[none, "note"]
        reasons = [str(why).removeprefix(UNDECIDABLE) for why in told]
        return "; ".join(dict.fromkeys(reasons)) or NO_TEST

    def scored(
        self, experiment: str, metric: str, method: str, seed: int | None = None
    ) -> dict | None:
        """The row of the scores on the headline's draw; without a seed that of the mean."""
        table = self.scores
        own = table[
            (table["experiment"] == experiment)
            & (table["metric"] == metric)
            & (table["method"] == method)
            & (table["draw"] == HEADLINE_DRAW)
            & (table["seed"].isna() if seed is None else table["seed"] == seed)
        ]
        if set(OF_FORECASTS) <= set(own):
            # All stations and leads together.
            own = own[own["site"].isna() & own["lead"].isna()]
        return own.iloc[0].to_dict() if len(own) else None


def row(
    check: str,
    name: str,
    status: str,
    *,
    statistic: float = math.nan,
    threshold: str = "",
    interval: str = "",
    evidence: str,
    source: str = "",
) -> dict:
    """One row of the table `audit` (the variant is added by `run_checks`)."""
    if status not in ("pass", "warn", "fail", "na"):
        raise ValueError(f"{check}: unknown status {status!r}")
    return {
        "id": check,
        "name": name,
        "status": status,
        "statistic": statistic,
        "threshold": threshold,
        "interval": interval,
        "evidence": evidence,
        "source": source,
    }


def interval_text(low: float, high: float) -> str:
    """Ends of an interval for a reader; empty where there is none."""
    return f"{low:.4f} to {high:.4f}" if math.isfinite(low) and math.isfinite(high) else ""
