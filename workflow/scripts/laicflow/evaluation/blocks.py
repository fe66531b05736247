"""How long the blocks of time are from which intervals are drawn.

A sample hangs on its window and on the days of which its label speaks: together its span. Samples
less than a span apart share a part of it, and both label and score persist over it, so that what
one block of one span has in common with the next is not small. In 4,000 simulations each, with
labels of 15 days before events and a score that knows nothing of them but persists as long, a 95 %
interval of the accuracy from 80 spans of time holds the truth in 91.1 % (binomial interval 90.2 to
91.9 %) with blocks of one span and in 93.6 % (92.8 to 94.3 %) with blocks of two; from 40 spans in
90.6 % (89.7 to 91.5 %) and 92.8 % (92.0 to 93.6 %), from 24 in 91.4 % and 92.7 %. From 12 spans
the six blocks of two are no better than the twelve of one: 91.1 % and 91.6 %. Blocks of three gain
half a point at most, and are fewer. From 9 spans, 138 days of CSES, five blocks of two hold it in
89.9 %, nine of one in 91.5 %. So two are taken where they leave `LEAST` blocks, else one; nine in
ten is then what a "95 %" interval is worth, and the scores tell how many blocks there are.

Where a label speaks of the window's own end, no days of another sample are its own, and windows
share what lies in both supports alone: a block is one span there.
"""

from __future__ import annotations

import math

# Spans in a block, where labels reach over days, and as many blocks of that length as it takes.
SPANS = 2
LEAST = 10


def block_days(window: float, label: float = 0.0, tested: float = math.inf) -> float:
    """Days of a block: one span, two where the label reaches over days and many spans are tested.

    Parameters
    ----------
    window : days from the first instant that had an influence on a window to its end
    label : days of which the label speaks beside the window; 0 where it is of the window's end
    tested : days of the test samples
    """
    if not label:
        return window
    long = SPANS * (window + label)
    return long if tested / long >= LEAST else window + label


def said(days: float) -> str:
    """Days for a reader, to three digits: windows of seconds hardly add to labels of days."""
    return f"{float(f'{days:.3g}'):g}"
