"""What jobs of each rule took and what partitions of each source weigh, as measured.

Seconds: means over the demos on two cores of x86_64 with other work beside them, networks on one
thread, raw files already on this machine: the time of a download is not in it. No run on real files
is in the seconds, so that these can be compared with them. Sizes of real files where there were
any, the simulated world's otherwise (`SIMULATED`). `laicflow plan --measured results/<run>` takes a
run of one's own before these.
"""

from __future__ import annotations

# Seconds a job takes whatever it does: Python, its imports, reading and writing small files.
START_S = 0.7
# Rules that import torch.
START_TRAINING_S = 3.5
# A simulated world that is tried, beside its trainings.
WORLD_S = 10.0
# Seconds that each job waits for Snakemake itself on a cluster: two of them parse the workflow
# inside the job. Measured without a scheduler's own waiting.
CLUSTER_START_S = 8.0

# Seconds of a job by rule, or by `rule:source` or `rule:study`.
SECONDS = {
    "audit_alarms": 1.1,
    "audit_variant": 1.5,
    "build_tensors": 1.8,
    "build_tensors:petrescu2022": 2.6,
    # A month of maps of two hours; of more maps a day as many times what is not the start.
    "clean_maps": 0.75,
    "clean_maps:code": 1.0,
    "clean_maps:code_predicted": 3.5,
    "clean_maps:code_predicted2": 3.5,
    "clean_maps:code_rapid": 6.5,
    "clean_maps:upc": 2.2,
    "clean_minutes": 0.5,
    "clean_olr": 0.5,
    "clean_probes:cses_lap": 1.75,
    "clean_probes:demeter_isl": 1.05,
    "clean_series": 0.8,
    "clean_stations": 1.0,
    "clean_table": 0.5,
    "compare_truth": 0.8,
    "compare_variants": 1.5,
    "compute_rst": 0.6,
    "fetch_partition": 0.5,
    "fetch_partition:code": 0.75,
    "fetch_partition:cses_lap": 2.6,
    "fetch_partition:demeter_isl": 2.4,
    "fetch_partition:usgs": 0.8,
    "find_anomalies": 0.9,
    "measure_steps": 3.2,
    "measure_steps:pham2023": 31.0,
    "merge_catalog": 0.65,
    "score_variant": 0.8,
    "select_samples": 1.1,
    "select_samples:petrescu2022": 1.8,
    "select_samples:seqnetquake": 0.75,
    "select_sites": 0.5,
    "train_baselines": 3.0,
    "write_report": 2.7,
    "write_world": 12.5,
}
# Seconds more for each station or observatory of a whole partition.
EACH_S = {
    "clean_minutes": 0.05,
    "clean_stations": 9.0,
    "fetch_partition:intermagnet": 0.1,
    "fetch_partition:rinex": 0.2,
}
# Between observations of the GNSS stations whose seconds and sizes stand here.
GNSS_S = 30
# A figure or table, and of a study.
ANY_TARGET_S = 2.1
TARGET_S = {"edlstme": 1.9, "petrescu2022": 2.8, "pham2023": 1.6, "seqnetquake": 2.1}
# Seconds more for each window that learns, of the 140,000 of the orbits of six years: the one
# number here that is of a run on real files, since no demo has so many.
WINDOW_S = 2e-5
BY_WINDOW = frozenset({"select_samples", "train_baselines"})
# Of the hours at most that `laicflow.limits` gives, networks reduced as in the demos took this
# share, their samples counted.
REDUCED_SHARE = 0.4
REDUCED_SHARES = {"vgg_magnetic": 0.2}

# MB of a partition as it comes from upstream, and of its file in the store (a month, but for what
# is partitioned by year or not at all); of `intermagnet` and `rinex` for each station, of the
# latter as 15 files of 2020 weigh, of five stations with all constellations.
RAW_MB = {
    "celestrak": 3.2,
    "celestrak_kp": 3.2,
    "code": 8.4,
    "cses_lap": 22.0,
    "dcb": 0.01,
    "demeter_isl": 129.0,
    "gfz_kp": 0.03,
    "intermagnet": 3.1,
    "jpl": 5.5,
    "kyoto_dst": 0.04,
    "noaa_olr_uninterpolated": 0.8,
    "rinex": 74.0,
    "sp3": 4.2,
    "usgs": 0.2,
}
STORE_MB = {
    "celestrak": 0.3,
    "celestrak_kp": 1.75,
    "code": 10.0,
    "cses_lap": 4.9,
    "demeter_isl": 5.0,
    "gfz_kp": 0.03,
    "intermagnet": 1.65,
    "jpl": 5.2,
    "kyoto_dst": 0.07,
    "noaa_olr_uninterpolated": 0.6,
    "rinex": 0.08,
    "usgs": 0.04,
}
# Not of real files: written by the simulated world in the format of the source, nights of one
# satellite.
SIMULATED = frozenset({"cses_lap", "demeter_isl", "noaa_olr_uninterpolated"})
# Maps of which there were no whole months: as those of another centre, by the number of maps (of a
# year where the partition is one; without RMS maps half of them).
LIKE = {
    "cas": ("jpl", 2.0),
    "code_predicted": ("code", 6.0),
    "code_predicted2": ("code", 6.0),
    "code_rapid": ("code", 12.0),
    "esa": ("jpl", 1.0),
    "igs": ("jpl", 1.0),
    "upc": ("jpl", 7.4),
}
# What the simulated world's partitions weigh of real ones: fewer and smaller maps, years and
# constellations.
WORLD_SHARE = {
    "fetch": {
        "celestrak": 0.1,
        "celestrak_kp": 0.1,
        "code": 0.07,
        "jpl": 0.07,
        "rinex": 0.22,
        "sp3": 0.65,
    },
    "clean": {"celestrak": 0.1, "celestrak_kp": 0.1, "code": 0.04, "jpl": 0.04},
}

# MB of a day's windows, of each site where a study has a series for each.
TENSOR_MB_A_DAY = {
    "edlstme": 0.0005,
    "petrescu2022": 0.021,
    "pham2023": 0.0003,
    "seqnetquake": 0.07,
}
BY_SITE = frozenset({"petrescu2022"})
# MB that any job of a stage leaves beside: tables, figures, predictions.
SMALL_MB = {"samples": 0.1, "train": 0.02, "evaluate": 0.02, "report": 0.7}
# MB of a network's weights, counted: 32 bits a parameter.
WEIGHTS_MB = {
    "cnn_sequence": 0.08,
    "convnext_tiny": 111.3,
    "dense_forecaster": 0.05,
    "densenet121": 28.2,
    "dnn_sequence": 0.09,
    "ed_lstme": 0.5,
    "effnetv2_modified": 81.3,
    "lstm_sequence": 0.4,
    "mobilenetv3_large_100": 16.9,
    "resnet50": 94.3,
    "resnetrs50": 134.8,
    "seqnetquake": 0.8,
    "tf_efficientnetv2_s": 81.3,
    "vgg16": 537.1,
}
# For each minute of a window.
WEIGHTS_MB_A_MINUTE = {"vgg_magnetic": 0.0123}
