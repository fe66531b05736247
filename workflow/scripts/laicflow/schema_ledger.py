"""The tables of a ledger, of which each row seals the one before."""

from __future__ import annotations

from laicflow.schema_kinds import NUMBER, TEXT, TIME, WHOLE

# Forecasts and their outcomes, one a row, each row sealing the one before (`laicflow.ledger`).
FORECASTS = {
    "kind": TEXT,
    "run": TEXT,
    "study": TEXT,
    "variant": TEXT,
    "experiment": TEXT,
    "site": TEXT,
    "latitude": NUMBER,
    "longitude": NUMBER,
    "window_id": TEXT,
    "window_start": TIME,
    "window_end": TIME,
    "horizon_end": TIME,
    "issue_time": TIME,
    "written_at": TIME,
    "available_at": TIME,
    "score": NUMBER,
    "threshold": NUMBER,
    "alarm": WHOLE,
    "model_sha256": TEXT,
    "inputs_sha256": TEXT,
    "code": TEXT,
    "registration": TEXT,
    "outcome": WHOLE,
    "known_at": TIME,
    "event_ids": TEXT,
    "note": TEXT,
    "previous_sha256": TEXT,
    "sha256": TEXT,
}

# What forecasts are made and judged by, in force from its row on (`laicflow.registration`).
REGISTRATIONS = {
    "kind": TEXT,
    "run": TEXT,
    "study": TEXT,
    "variant": TEXT,
    "experiment": TEXT,
    "settings": TEXT,
    "why": TEXT,
    "forecasts_before": WHOLE,
    "registered_at": TIME,
    "previous_sha256": TEXT,
    "sha256": TEXT,
}
