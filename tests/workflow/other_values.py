"""Values that stand in for others where the test of all keys changes them in turn."""

from __future__ import annotations

from pathlib import Path

# Where the schema allows more than a value like the present one.
CHOICES = {
    ("upstream",): "internet",
    ("audit", "place_auc"): 0.6,
    ("pham2023", "split", "kind"): "blocks",
    ("pham2023", "models", "width"): 0.5,
    ("pham2023", "models", "depth"): 0.5,
    ("pham2023", "training", "patience"): 5,
    ("pham2023", "training", "weight_decay"): 0.01,
    ("pham2023", "trained"): ["effnetv2"],
    ("pham2023", "shown"): ["clean"],
    ("pham2023", "reported"): ["table1"],
    ("pham2023", "compare", "splits"): ["split-random"],
    ("pham2023", "compare", "gaps"): ["split-random"],
    ("pham2023", "worlds", "variant"): "paper",
    ("pham2023", "worlds", "experiment"): "resnet50",
    ("pham2023", "worlds", "simulate", "grid", "latitude"): [40, 30, -2.5],
    ("pham2023", "worlds", "simulate", "grid", "longitude"): [135, 155, 5],
    ("pham2023", "worlds", "study", "models", "unit_strides"): ["stem"],
    ("pham2023", "worlds", "study", "sites", "points"): [
        {"site": "b", "latitude": 36.5, "longitude": 142.0}
    ],
    ("pham2023", "catalog", "magnitude_min"): 5.5,
    ("simulate", "start"): "2014-05-31",  # the study's period lies within
    ("pham2023", "headline", "experiment"): "resnet50",
    ("pham2023", "headline", "claim"): "resnet50_accuracy",
    ("pham2023", "headline", "metric"): "mcc",
    ("pham2023", "data", "catalog"): "isc",
    ("pham2023", "sites", "points"): [{"site": "b", "latitude": 36.5, "longitude": 142.0}],
    ("petrescu2022", "training", "patience"): 5,
    ("petrescu2022", "training", "weight_decay"): 0.01,
    ("petrescu2022", "training", "share"): 0.5,
    ("petrescu2022", "trained"): ["adam", "sgd"],
    ("petrescu2022", "world"): "inject-ulf",
    ("petrescu2022", "window", "preparation"): "highpass-causal",
    ("petrescu2022", "catalog", "magnitude_min"): 5.5,
    ("petrescu2022", "variants", "paper", "trained"): ["adam", "sgd"],
    ("petrescu2022", "variants", "paper-highpass", "window", "preparation"): "lowpass",
    ("petrescu2022", "variants", "paper-lowpass", "window", "preparation"): "highpass",
    ("petrescu2022", "variants", "clean-highpass", "window", "preparation"): "lowpass-causal",
    ("petrescu2022", "variants", "planted", "world"): "observed",
    ("petrescu2022", "normal", "max_share"): 0.1,
    ("petrescu2022", "split", "validation"): 0.1,
    ("petrescu2022", "models", "width"): 0.5,
    ("petrescu2022", "data", "dst"): "unavailable",
    ("petrescu2022", "shown"): ["clean"],
    ("petrescu2022", "reported"): ["table1"],
    ("petrescu2022", "compare", "splits"): ["split-random"],
    ("petrescu2022", "compare", "lengths"): ["paper-hour"],
    ("petrescu2022", "compare", "filters"): ["paper"],
    ("petrescu2022", "compare", "planted"): ["planted"],
    ("petrescu2022", "headline", "experiment"): "sgd",
    ("petrescu2022", "headline", "claim"): "day_accuracy",
    ("petrescu2022", "headline", "metric"): "mcc",
    ("petrescu2022", "sites", "points"): [{"site": "AAA", "latitude": 38.5, "longitude": 141.5}],
    ("seqnetquake", "training", "patience"): 5,
    ("seqnetquake", "training", "weight_decay"): 0.01,
    ("seqnetquake", "training", "share"): 0.5,
    ("seqnetquake", "training", "epochs"): 7,
    ("seqnetquake", "trained"): ["transfer", "direct"],
    ("seqnetquake", "split", "validation"): 0.1,
    ("seqnetquake", "labels", "degrees"): 7,
    ("seqnetquake", "samples", "most"): 500,
    ("seqnetquake", "shown"): ["clean"],
    ("seqnetquake", "reported"): ["tableS1"],
    ("seqnetquake", "first_page"): ["tableS1"],
    ("seqnetquake", "headline", "experiment"): "direct",
    ("seqnetquake", "headline", "claim"): "direct_f1",
    ("seqnetquake", "headline", "metric"): "mcc",
    ("seqnetquake", "window", "preparation"): "cses-night-t30",
    ("seqnetquake", "window", "features"): ["ne"],
    ("seqnetquake", "world"): "inject-ne",
    ("seqnetquake", "injections", "ne", "radius"): 9,
    ("seqnetquake", "injections", "ne", "unit"): "km",
    ("seqnetquake", "injections", "ne", "lead_days"): [4, 0],
    ("seqnetquake", "variants", "planted", "world"): "observed",
    ("seqnetquake", "compare", "planted"): ["planted"],
    ("seqnetquake", "baselines", "which"): ["majority", "date", "neuron"],
    ("seqnetquake", "data", "kp"): "gfz_kp",
    ("seqnetquake", "data", "dst"): "kyoto_dst",
    ("seqnetquake", "data", "swarm"): "swarm_lp",
    ("seqnetquake", "cases"): [{"name": "a storm", "kind": "storm", "date": "2018-08-26"}],
    **{
        ("seqnetquake", "compare", group): ["d01"]
        for group in ("splits", "datasets", "sides", "lengths", "radii", "transfer", "rivals")
    },
    **{("seqnetquake", "compare", group): ["d02"] for group in ("first", "tuned")},
    ("seqnetquake", "experiments", "transfer", "start", "variant"): "d11-shuffled",
    ("seqnetquake", "experiments", "transfer", "start", "experiment"): "initial",
    **{
        ("seqnetquake", "variants", "clean", "experiments", name, "start", "variant"): "d11"
        for name in ("transfer", "initial", "shuffled")
    },
    ("seqnetquake", "variants", "d11", "trained"): ["direct", "cnn"],
    ("seqnetquake", "tuning", "taken_from"): "d11",
    ("seqnetquake", "variants", "d11-shuffled", "tuning", "taken_from"): "clean-demeter",
    ("seqnetquake", "catalog", "latitude"): [-89, 90],
    ("seqnetquake", "catalog", "longitude"): [-179, 180],
    ("seqnetquake", "catalog", "magnitude_min"): 5.5,
    ("simulate", "probes", "missions"): ["demeter"],
    ("edlstme", "data", "olr"): "unavailable",
    ("edlstme", "olr", "circle_km"): 463.0,
    ("edlstme", "olr", "lines"): [{"name": "a line", "file": str(Path(__file__))}],
    ("seqnetquake", "variants", "clean", "window", "preparation"): "cses-night-t20",
    ("seqnetquake", "variants", "clean", "headline", "metric"): "mcc",
    ("seqnetquake", "variants", "clean", "split", "validation"): 0.2,
    ("seqnetquake", "variants", "d01", "labels", "degrees"): 4,
    ("simulate", "geomagnetic", "observatories"): [
        {"iaga": "AAA", "latitude": 38.5, "longitude": 141.5, "elevation_m": 100}
    ],
    ("sources", "code", "allow_missing"): ["2014-07-01"],
    ("sources", "usgs", "latitude"): [-89, 90],
    ("sources", "usgs", "longitude"): [-179, 180],
    ("completeness", "regions", "global", "latitude"): [-89, 90],
    ("completeness", "regions", "global", "longitude"): [-179, 180],
    ("ingest", "also"): ["gfz_f107"],
    ("catalogs", "usgs", "sources"): ["usgs", "isc"],
    ("decluster", "gardner-knopoff", "foreshock_share"): 0.5,
    ("decluster", "nearest-neighbor", "eta_0"): 1e-5,
    ("decluster", "reasenberg", "epicentre_error_km"): 1.0,
    ("decluster", "reasenberg", "depth_error_km"): 1.0,
}
CHOICES |= {
    ("edlstme", *names): value
    for names, value in {
        ("alarms", "alarmed_share"): 0.3,
        ("alarms", "radius_km"): 800,
        ("anomalies", "quiet", "start"): "2015-03-01",
        ("catalog", "magnitude_min"): 4.9,  # no more than the least of alarms.magnitudes
        ("claims", "gain_arima_r2", "improves"): "dnn",
        ("claims", "gain_arima_r2", "over"): "svm",
        ("olr", "latitude"): [32.5, 44],  # the source keeps no more than the present ones
        ("olr", "longitude"): [130, 154],
        ("compare", "splits"): ["clean"],
        ("compare", "stations"): ["clean"],
        ("data", "dst"): "kyoto_dst",
        ("data", "f107"): "unavailable",
        ("data", "kp"): "unavailable",
        ("event", "time"): "2015-05-19T05:15:00",
        ("experiments", "ed-lstme", "model"): "dense_forecaster",
        ("headline", "claim"): "ed_mae",
        ("headline", "experiment"): "gbm",
        ("headline", "rivals"): ["arima"],
        ("indices",): [{"name": "ap", "role": "kp", "stands_hours": 3, "latency_hours": 1}],
        ("reported",): ["table1"],
        ("samples", "most"): 500,
        ("shown",): ["clean"],
        ("sites", "points"): [
            {"site": "AAAA", "latitude": 38.5, "longitude": 141.5, "group": "main"}
        ],
        ("split", "test_until"): "2015-05-15",
        ("trained",): ["ed-lstme", "gbm"],
        ("training", "patience"): 5,
        ("training", "weight_decay"): 0.01,
        ("tuning", "taken_from"): "clean",
        ("baselines", "which"): ["baseline_persistence"],
        ("variants", "clean", "window", "preparation"): "filtered-3sigma",
        ("window", "preparation"): "filtered-3sigma",
    }.items()
}
# Of one earthquake, which lies within the world and the period of the run.
CASE = {
    ("event",): "38.0,142.0,2014-12-20T05:15,6.2",
    ("case", "maps"): "jpl",
    ("case", "tec"): "own_tec",
    ("case", "kp"): "unavailable",
    ("case", "dst"): "unavailable",
    ("case", "f107"): "unavailable",
    ("case", "catalog"): "isc",
    ("case", "name"): "another",
    ("case", "time"): "2014-12-21T05:15:00",
    ("case", "latitude"): 38.5,
    ("case", "longitude"): 141.5,
    ("case", "magnitude"): 6.5,
    ("case", "train_days"): 21,
    ("case", "warm_days"): 14,
    ("case", "before_days"): 17,
    ("case", "after_days"): 2,
}
# Values that have no other (one choice only), or that no file of the run depends on.
FIXED = {
    ("pham2023", "training", "optimizer"),
    ("pham2023", "data", "maps"),  # a simulated world has those of CODE alone
    ("pham2023", "models", "pretrained"),  # the reduced networks of this run have no weights
    ("pham2023", "worlds", "study", "models", "pretrained"),  # small networks have no weights
    ("pham2023", "worlds", "study", "sites", "mode"),  # the maps of a trial are those of points
    ("pham2023", "headline", "split"),
    ("pham2023", "baselines"),
    ("pham2023", "variants", "paper"),
    ("bases",),
    ("decluster", "none"),
    ("ingest", "recheck"),  # of the rule refresh, which has no output and always runs
    ("ingest", "period", "start"),  # of sources that no study names: this run takes none
    ("ingest", "period", "end"),
    ("simulate", "maps"),  # true would write maps that nothing reads, and changes the world
    ("sources", "intermagnet", "observatories"),  # those of the simulated world
    ("petrescu2022", "data", "minutes"),  # the simulated world serves them as INTERMAGNET alone
    ("petrescu2022", "data", "minutes_own"),
    ("petrescu2022", "data", "kp"),
    ("petrescu2022", "data", "f107"),
    ("petrescu2022", "data", "catalog"),
    ("petrescu2022", "sites", "mode"),
    ("petrescu2022", "labels", "by_site", "MLR", "radius_km"),  # not in this world, but in params
    ("petrescu2022", "preparations", "raw", "filter"),
    ("petrescu2022", "split", "regions"),
    ("petrescu2022", "models", "pretrained"),
    ("petrescu2022", "headline", "split"),
    ("petrescu2022", "baselines"),
    # Any other value contradicts a variant: a filter that looks ahead, test samples that choose.
    ("petrescu2022", "split", "kind"),
    ("petrescu2022", "preparations", "highpass-causal", "passes"),
    ("petrescu2022", "training", "select"),
    ("petrescu2022", "experiments", "adam", "model"),
}
# Of observations of GNSS stations, which these runs do not take.
FIXED |= {
    ("stations", key)
    for key in (
        "orbits",
        "biases",
        "maps",
        "receiver_bias",
        "systems",
        "elevation_cut_deg",
        "mapping",
        "shell_km",
        "step_s",
        "label",
        "fewest_satellites",
        "plasmasphere_share",
    )
}
FIXED |= {
    ("edlstme", *names)
    for names in (
        ("data", "catalog"),
        ("data", "tec"),  # the simulated world has maps of CODE alone
        ("sites", "mode"),
        ("world",),
        ("window", "group"),  # the run has one
        ("split", "kind"),
        ("split", "folds"),
        ("split", "draws"),
        ("split", "purge"),  # paper looks ahead
        ("training", "select"),  # by the validation that only clean has
        ("tuning", "objective"),
        ("models", "pretrained"),
        ("headline", "kind"),
        ("headline", "split"),
        ("variants", "clean", "split", "validate"),
        ("variants", "paper-further"),
        ("variants", "clean-further"),
    )
}
FIXED |= {
    ("seqnetquake", *names)
    for names in (
        # The simulated world serves these alone.
        ("data", "cses"),
        ("data", "demeter"),
        ("data", "catalog"),
        ("data", "f107"),
        ("period", "start"),  # the missions fill it
        ("period", "end"),
        ("sites", "mode"),
        ("sites", "points"),
        ("split", "draws"),
        ("split", "regions"),
        ("models", "pretrained"),
        ("headline", "split"),
        # Any other value contradicts a variant: another model, samples that are not there.
        *(("experiments", name, "model") for name in ("direct", "transfer", "initial", "shuffled")),
        ("tuning", "judge"),
        ("training", "select"),
    )
}
