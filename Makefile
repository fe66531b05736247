# Two commands: `make demo` and `make test`. Both set up .venv from requirements.lock first.

SHELL := /bin/bash
PYTHON ?= python3
CORES ?= 2
DATA ?= $(LAICFLOW_REAL_DATA)
BIN := .venv/bin
READY := .venv/laicflow-ready
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.DEFAULT_GOAL := help
.PHONY: help setup demo real forecast has-data continuous test test-slurm lint benchmark envs clean

help:
	@echo "make demo             set up .venv, run the simulated demo to its report (offline)"
	@echo "make test             set up .venv, run the tests (offline)"
	@echo "make test-slurm       run the tests on a Slurm of one node, set up for them (Debian, root)"
	@echo "make real DATA=path   run the study on a folder of real files"
	@echo "make forecast DATA=path   run edlstme on three real years, every model tuned"
	@echo "make continuous WORDS=...   one round of what goes on: refresh, fetch, ingest, prospective (for cron)"
	@echo "make lint             check the style of all code"
	@echo "make benchmark        measure against peers (an environment of its own)"
	@echo "make envs             write envs/ anew from requirements.lock"
	@echo "make clean            delete results/ and scratch/, keep every download"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@echo "Setting up .venv from requirements.lock (about two minutes, 2 GB)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
	@echo "Set up: .venv"

demo: $(READY)
	@echo "Running pham2023 on a simulated world without any precursor, then ten small worlds (about six minutes, offline)"
	@$(SNAKEMAKE) --configfile config/demo/pham2023.yaml
	@echo "Report: results/demo/pham2023/report.html"
	@echo "Running petrescu2022 on the simulated minutes of two observatories (about two minutes)"
	@$(SNAKEMAKE) --configfile config/demo/petrescu2022.yaml
	@echo "Report: results/demo-petrescu2022/petrescu2022/report.html"
	@echo "Running seqnetquake on the simulated probes of three missions (about two minutes)"
	@$(SNAKEMAKE) --configfile config/demo/seqnetquake.yaml
	@echo "Report: results/demo-seqnetquake/seqnetquake/report.html"
	@echo "Running edlstme from the simulated observations of two GNSS stations (about two minutes)"
	@$(SNAKEMAKE) --configfile config/demo/edlstme.yaml
	@echo "Report: results/demo-edlstme/edlstme/report.html"

real: has-data $(READY)
	@echo "Running pham2023 on the real maps of November 2000 to January 2001 (up to 20 minutes)"
	@LAICFLOW_REAL_DATA="$(abspath $(DATA))" $(SNAKEMAKE) --configfile config/real/elsalvador2001.yaml
	@echo "Report: results/elsalvador2001/pham2023/report.html"
	@echo "Running petrescu2022 on the real minutes of Eskdalemuir, 2003, and of Japan, March 2011"
	@LAICFLOW_REAL_DATA="$(abspath $(DATA))" $(SNAKEMAKE) --configfile config/real/esk2003.yaml
	@LAICFLOW_REAL_DATA="$(abspath $(DATA))" $(SNAKEMAKE) --configfile config/real/japan2011.yaml
	@echo "Reports: results/{esk2003,japan2011}/petrescu2022/report.html"
	@echo "Running seqnetquake's labels on the real catalog of 2005 to 2010 and computed orbits"
	@LAICFLOW_REAL_DATA="$(abspath $(DATA))" $(SNAKEMAKE) --configfile config/real/demeter_catalog.yaml
	@echo "Report: results/demeter_catalog/seqnetquake/report.html"
	@echo "Running RINEX to TEC on real observations of five stations, January 2020 (a minute)"
	@LAICFLOW_REAL_DATA="$(abspath $(DATA))" $(SNAKEMAKE) stations --configfile config/real/rinex2020.yaml
	@echo "Series: results/rinex2020/stations/"

continuous: $(READY)
	@$(BIN)/laicflow continuous -- $(or $(WORDS),--cores $(CORES))

forecast: has-data $(READY)
	@echo "Running edlstme on the real hourly series at 10E 40N, 2017 to 2019, all models tuned (half an hour)"
	@LAICFLOW_REAL_DATA="$(abspath $(DATA))" $(SNAKEMAKE) --configfile config/real/europe2017.yaml
	@echo "Report: results/europe2017/edlstme/report.html"

has-data:
	@test -n "$(DATA)" || { echo "Name the folder of real files: make real DATA=path/to/data"; exit 2; }
	@test -d "$(DATA)" || { echo "No folder $(DATA)"; exit 2; }

test: $(READY)
	@echo "Running the tests (real files: $(or $(DATA),none, their tests are skipped))"
	@mkdir -p results/tests
	@LAICFLOW_REAL_DATA="$(if $(DATA),$(abspath $(DATA)))" $(BIN)/python -m pytest -n $(CORES) --dist loadgroup \
		--junitxml=results/tests/junit.xml tests
	@echo "Results: results/tests/junit.xml"

test-slurm: $(READY)
	@echo "Running the tests on a Slurm of one node on loopback (up to ten minutes)"
	@$(BIN)/python -m tests.slurm.cluster run -v --durations=0 tests/slurm

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules

benchmark: $(READY)
	@LAICFLOW_REAL_DATA="$(if $(DATA),$(abspath $(DATA)))" bash benchmarks/run.sh

envs: $(READY)
	PYTHONPATH=workflow/scripts $(BIN)/python -m laicflow.environments

clean:
	rm -rf results scratch
