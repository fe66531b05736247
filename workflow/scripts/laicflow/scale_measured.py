"""What jobs of each rule took and what partitions of each source weigh, as measured.

Two cores of x86_64 with other work on them or without, which is some 1.5 apart: means of both.
Networks of the demos on one thread, raw files already on this machine: the time of a download is
not in it. Real files where there were any, the simulated world's otherwise (`SIMULATED`).
`laicflow plan --measured results/<run>` takes a run of one's own before these.
"""

from __future__ import annotations

# Seconds a job takes whatever it does: Python, its imports, reading and writing small files.
START_S = 0.8
# Rules that import torch.
START_TRAINING_S = 4.0
# A simulated world that is tried, beside its trainings.
WORLD_S = 15.0
# Seconds that each job waits for Snakemake itself on a cluster: two of them parse the workflow
# inside the job. Measured without a scheduler's own waiting.
CLUSTER_START_S = 8.0

# Seconds of a job by rule, or by `rule:source` where it is a partition.
SECONDS = {
    "audit_alarms": 1.1,
    "audit_variant": 1.7,
    "build_tensors": 2.0,
    "clean_maps": 2.0,
    "clean_maps:code": 2.6,
    "clean_maps:code_rapid": 2.6,
    "clean_maps:upc": 8.0,
    "clean_minutes": 0.6,
    "clean_olr": 0.6,
    "clean_probes:cses_lap": 1.9,
    "clean_probes:demeter_isl": 1.1,
    "clean_series": 0.8,
    "clean_stations": 1.0,
    "clean_table": 0.6,
    "compare_truth": 1.0,
    "compare_variants": 1.7,
    "compute_rst": 0.9,
    "fetch_partition": 0.8,
    "fetch_partition:cses_lap": 2.9,
    "fetch_partition:demeter_isl": 2.5,
    "find_anomalies": 1.1,
    "measure_steps": 12.0,
    "merge_catalog": 0.7,
    "score_variant": 1.1,
    "select_samples": 1.4,
    "select_sites": 0.5,
    "train_baselines": 3.0,
    "write_report": 2.7,
    "write_world": 15.0,
}
# Seconds more for each station or observatory of the partition.
EACH_S = {
    "clean_minutes": 0.05,
    "clean_stations": 11.0,
    "fetch_partition:intermagnet": 0.1,
    "fetch_partition:rinex": 0.2,
}
# Between observations of the GNSS stations whose seconds and sizes stand here.
GNSS_S = 30
# A figure or table.
TARGET_S = 2.6
# Of the hours at most that `laicflow.limits` gives, networks reduced as in the demos took this
# share.
REDUCED_SHARE = 0.2

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
    "celestrak_kp": 0.2,
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
SIMULATED = frozenset({"cses_lap", "demeter_isl", "intermagnet", "noaa_olr_uninterpolated"})
