"""Partitions of indices and catalogs."""

from __future__ import annotations

import pytest

from laicflow.clean.tables import partition_of_table
from laicflow.errors import LaicflowError
from laicflow.simulate.write_indices import dst_line


def receipt(names):
    files = [{"path": name} for name in names]
    return {"source": "kyoto_dst", "partition": "2001-01", "files": files}


def test_files_that_contradict_each_other_stop(tmp_path):
    import datetime as dt

    import numpy as np

    day = dt.date(2001, 1, 13)
    for name, shift in (("a", 0), ("b", 0), ("c", 1)):
        line = dst_line(day, np.arange(24) + shift)
        (tmp_path / name).write_text(line if line.endswith("\n") else line + "\n")
    table = partition_of_table(receipt(["a", "b"]), tmp_path, "dst_wdc")
    assert table["dst"].tolist() == list(range(24))
    with pytest.raises(LaicflowError, match="two different values for 2001-01-13"):
        partition_of_table(receipt(["a", "c"]), tmp_path, "dst_wdc")
    with pytest.raises(LaicflowError, match="no file has arrived"):
        partition_of_table(receipt([]), tmp_path, "dst_wdc")
