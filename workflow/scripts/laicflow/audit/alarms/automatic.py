"""R28: are the alarms better than alarms that every earthquake sets by itself?

Earthquakes follow earthquakes. An automatic alarm stands for T days after each earthquake of the
catalog within its zone of the station; T is so long that it stands as often as the alarms that are
audited. Every earthquake counts here, those of a chain as well: what follows another one is what
automatic alarms foresee, minutes later too, so that alarms at earthquakes are told by the times of
these and not by the epochs. Source: Luen & Stark 2008.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.alarms.rivals import compare, judged, same_share
from laicflow.audit.alarms.standing import Standing, days_since, since_last
from laicflow.audit.alarms.targets import distances, zone_km

CHECK = "R28"
SOURCE = "Luen & Stark 2008"
RIVAL = "automatic alarms"


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def automatic(context: Alarms, case: Case) -> Standing:
    """Automatic alarms at the same alarm share; `level` is less the days since the last event.

    `exact` is at every earthquake of the case (`all_targets`), none of which announces itself.
    """
    near = distances(context.events, context.sites)
    near = near <= zone_km(context.events, context.rules["radius_km"])[:, None]
    at = context.events["time"].to_numpy().astype("datetime64[us]")
    events = [at[near[:, site]] for site in range(near.shape[1])]
    decided = np.isfinite(case.standing.on)
    made = same_share(case, since_last(case.record.times, events, decided))
    if case.all_targets is None:
        return made
    exact = np.zeros(len(case.all_targets))
    for site, own in enumerate(events):
        here = case.all_targets.site == site
        # For how long one stands, by the epochs.
        ages = -made.level[site][made.on[site] == 1]
        age = days_since(case.all_targets.time[here], own)
        exact[here] = age <= ages.max(initial=-np.inf)
    return replace(made, exact=exact)


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"source": SOURCE}
    if case.why:
        return case.na(CHECK, threshold="low end of the difference > 0", **told)
    rival = automatic(context, case)
    one = compare(case, rival, case.all_targets)
    sites = np.unique(case.targets.site)
    standing = (rival.on[sites] == 1) & np.isfinite(rival.level[sites])
    longest = -rival.level[sites][standing].min() if standing.any() else 0.0
    least = context.events["magnitude"].min()
    extra = f"an alarm for up to {longest:.1f} days after every M {least:.1f} and above in its zone"
    return judged(case, CHECK, RIVAL, one, extra=extra, **told)
