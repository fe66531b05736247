"""Words of the first page that not every reader has met, in half a sentence each."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What a check asks, by its id: those that are built, or that a claim of skill needs.
CHECKS = {
    "R06": "do missing values tell the label?",
    "R10": "do the filters take out as much of both classes?",
    "R11": "do test samples share data with training samples?",
    "R13": "are samples of one event or place kept on one side of the split?",
    "R15": "does a random split score higher than one by time?",
    "R16": "was anything but the weights fitted on test samples?",
    "R18": "do circumstances of the measurement alone score as well?",
    "R20": "are anomalies more frequent before earthquakes than ever?",
    "R21": "does the place alone tell the classes apart?",
    "R25": "are there as many alarms a month or two before?",
    "R26": "does the network give one answer whatever it sees?",
    "R27": "is the network better than every simple rule?",
    "R28": "is it better than alarms that follow from the catalog alone?",
    "R29": "does it find as much before days on which nothing happened?",
    "R33": "how many questions were asked at once?",
    "R34": "does every score have its interval?",
    "R37": "how many earthquakes are hit at which share of alarmed time?",
    "R38": "is any threshold better than chance?",
    "R45": "does a source with shuffled labels help as much as the true one?",
    "R46": "does the chain find a signal that is known to be there?",
}
# The same of alarms that are held against earthquakes, where it is another question.
ALARM_CHECKS = CHECKS | {
    "R06": "is more missing before earthquakes than ever?",
    "R10": "is as much taken out as disturbed before earthquakes as ever?",
    "R11": "do the bounds of an epoch know the epoch itself?",
    "R13": "does one alarm count for several earthquakes?",
    "R16": "was anything behind the bounds fitted on the days that are judged?",
    "R18": "do hour, season and activity alone alarm as well?",
    "R21": "could the station alone tell earthquakes?",
    "R26": "does an alarm always or never stand?",
    "R27": "are the alarms better than chance and every simple rule?",
    "R29": "have earthquakes that never were as many alarms before them?",
    "R46": "do the same alarms find magnetic storms?",
}
# Metrics by their names in tables.
METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_weighted": "weighted F1",
    "mcc": "MCC",
    "auc": "AUC",
    "balanced_accuracy": "balanced accuracy",
}
# Where a pattern stands on the page, the word is explained.
_TERMS = (
    (r"accuracy", "accuracy", "the share of the samples whose class is told right."),
    (
        r"f1_macro|[Mm]acro F1|F1 macro",
        "macro F1 (f1_macro)",
        "F1 weighs hits of a class against false alarms and misses; macro is the mean over the "
        "classes, a rare one counting as much as a common one.",
    ),
    (
        r"\bMCC\b",
        "MCC",
        "the correlation of what was told and what was (Matthews), 0 where answers hang on "
        "nothing.",
    ),
    (
        r"\bAUC\b",
        "AUC",
        "the chance that of a sample of each class the right one has the higher score; 0.5 is a "
        "coin, and below it the classes are told the other way round.",
    ),
    (
        r"\bclass 1\b",
        "class 1, class 0",
        "the samples before earthquakes, and those of no earthquake; a further class has its name "
        "under What was asked.",
    ),
    (
        r"interval|resamples",
        "interval",
        "where 95 % of the values lie when whole blocks of time are drawn again and again, made "
        "wider where blocks are few: samples of neighbouring days are not independent, blocks are "
        "less dependent, but not free of it, so that it holds the truth in somewhat fewer than "
        "95 % of cases.",
    ),
    (
        r"purged?\b",
        "purge",
        "training samples whose data reach into those of a tested one are left out.",
    ),
    (r"\bfolds?\b", "fold", "one of several parts of the time that are tested in turn."),
    (r"\bdraws?\b", "draw", "one random choice of what is trained on and what is tested."),
    (r"\bseeds?\b", "seed", "the number behind the random first weights of a network."),
    (
        r"baseline_|baseline",
        "baselines",
        "rules that any network must beat: the commoner class (majority), the date, the place, "
        "one neuron.",
    ),
    (r"\bentropy\b", "entropy", "how much answers differ, in bits: 0 where all are one class."),
    (
        r"alarm share|% of all times",
        "alarm share",
        "the share of all times at which an alarm stands: so many earthquakes are hit by chance.",
    ),
    (
        r"\blift\b",
        "lift",
        "the share of earthquakes with an alarm before them over the alarm share: 1 by chance.",
    ),
    (
        r"[Pp]lacebo|earthquakes that never were",
        "placebo",
        "a catalog of earthquakes that never were: the true one moved in time, or a simulated one "
        "(ETAS) that clusters, with parameters that are not fitted to the true one and magnitudes "
        "that are drawn after the branching.",
    ),
    (r"match(ed|es)?\b", "matched", "with a sample of the other class in the same place."),
)


def terms(texts: Iterable[str]) -> list[tuple[str, str]]:
    """The words that stand in some texts, each with what it means, in a fixed order."""
    whole = "\n".join(texts)
    return [(word, told) for pattern, word, told in _TERMS if re.search(pattern, whole)]


def metric(name: str) -> str:
    """A metric as people write it."""
    return METRICS.get(name, name)
