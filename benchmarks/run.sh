#!/usr/bin/env bash
# Set up benchmarks/.venv where its requirements are new, then measure.
# Needs: .venv of the project (`make setup`). Provides: benchmarks/RESULTS.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ready=$here/.venv/ready
if ! cmp --silent "$here/requirements.txt" "$ready"; then
    echo "Setting up benchmarks/.venv from benchmarks/requirements.txt"
    "$here/../.venv/bin/python" -m venv --clear "$here/.venv"
    "$here/.venv/bin/python" -m pip install -qq --disable-pip-version-check \
        -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$ready"
fi
exec "$here/.venv/bin/python" "$here/run.py" "$@"
