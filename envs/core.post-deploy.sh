#!/usr/bin/env bash
# Run by Snakemake in the new environment. Written by `make envs`.
set -euo pipefail
"$CONDA_PREFIX/bin/python" -m pip install --disable-pip-version-check \
    attrs==26.1.0 \
    cdflib==1.3.16 \
    certifi==2026.10.18 \
    cftime==1.6.6.1 \
    charset-normalizer==3.5.2 \
    contourpy==1.3.3 \
    cycler==0.12.1 \
    filelock==4.2.11 \
    fonttools==4.68.0 \
    fortranformat==2.0.3 \
    h5py==3.16.0 \
    hatanaka==2.8.1 \
    idna==3.20 \
    importlib-resources==7.1.0 \
    jsonschema==4.26.0 \
    jsonschema-specifications==2025.9.1 \
    kiwisolver==1.5.1 \
    lxml==6.1.3 \
    matplotlib==3.11.2 \
    ncompress==1.0.2 \
    netcdf4==1.7.5.1.post1 \
    numpy==2.4.6 \
    opt-einsum==3.4.0 \
    packaging==25.0 \
    pandas==3.1.1 \
    pillow==13.0.0 \
    ppigrf==2.1.0 \
    pyarrow==26.0.1 \
    pyiri==0.1.7 \
    pymap3d==3.2.0 \
    pyparsing==3.3.3 \
    python-dateutil==4.0.0 \
    pyyaml==6.0.3 \
    referencing==0.37.0 \
    requests==2.34.2 \
    rpds-py==2026.9.1 \
    scipy==1.17.1 \
    tqdm==4.70.1 \
    typing-extensions==4.16.0 \
    tzdata==2026.6 \
    urllib3==2.8.0 \
    xarray==2026.9.0
