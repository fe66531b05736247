"""Several jobs of training in one process, which starts once.

Starting Python with torch and Lightning takes seconds of CPU. Where a training takes no longer
than that, a run of some hundred of them is done sooner so.
"""

from __future__ import annotations

from collections.abc import Callable

from laicflow.training.write_baselines import train_baselines
from laicflow.training.write_model import train_draws, train_model
from laicflow.training.write_tuning import tune_model

# Inputs and outputs by name, wildcards, options of the rule, threads.
Step = Callable[[dict, dict, dict, dict, int], None]

# By the name of the rule.
STEPS: dict[str, Step] = {
    "tune_model": tune_model,
    "train_model": train_model,
    "train_draws": train_draws,
    "train_baselines": train_baselines,
}


def run(steps: list[dict], inputs: list[str], outputs: list[str], threads: int) -> None:
    """Carry out steps in their order, as their rules would have, each in its own job.

    Parameters
    ----------
    steps : of each `rule`, `wildcards`, `options`, and `inputs` and `outputs` by name: a number
        from 0 on is one of `inputs` or of `outputs`; among the inputs one below 0 stands for an
        output of an earlier step (-1 for the first of `outputs`), and None for none

    Raises
    ------
    KeyError : an unknown rule
    """
    for number, step in enumerate(steps, 1):
        names = [step["wildcards"].get(key) for key in ("experiment", "seed")]
        print(f"{number} of {len(steps)}: {' '.join([step['rule'], *filter(None, names)])}")
        taken = {
            name: "" if at is None else inputs[at] if at >= 0 else outputs[-1 - at]
            for name, at in step["inputs"].items()
        }
        made = {name: outputs[at] for name, at in step["outputs"].items()}
        STEPS[step["rule"]](taken, made, step["wildcards"], step["options"], threads)
