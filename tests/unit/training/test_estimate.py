from __future__ import annotations

import time

import pytest

from laicflow.training.estimate import hours, seconds_per_step
from laicflow.training.module import torch


class Slow(torch.nn.Linear):
    """Takes at least a fiftieth of a second."""

    def forward(self, x):
        time.sleep(0.02)
        return super().forward(x.flatten(1))


def test_a_step_is_timed_and_nothing_is_left_changed():
    state = torch.get_rng_state()
    taken = seconds_per_step(lambda: Slow(2 * 3 * 3, 1), (2, 3, 3), 4, steps=3, threads=1)
    assert 0.02 <= taken < 0.5
    assert torch.equal(torch.get_rng_state(), state)


def test_hours_of_a_plan():
    # 65 samples in batches of 32: two steps, one sample left out; 3 s x 2 x 60 x 10 = 1 h.
    assert hours(3.0, samples=65, batch=32, epochs=60, fits=10) == pytest.approx(1.0)
