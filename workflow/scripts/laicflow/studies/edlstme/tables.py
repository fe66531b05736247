"""The tables of the study, the paper's numbers beside those of the run, and what a sample is."""

from __future__ import annotations

import pandas as pd

from laicflow.studies.results import Results


def table1(results: Results) -> pd.DataFrame:
    """The stations and their series."""
    from laicflow.studies.edlstme.table_stations import table1 as make

    return make(results)


def table2(results: Results) -> pd.DataFrame:
    """Scores of all forecasters, beside the published ones."""
    from laicflow.studies.edlstme.table_scores import table2 as make

    return make(results)
