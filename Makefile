# Every target sets up what it needs in .venv: a machine with Python >= 3.11, make and git is enough.
# Stamp files remember what is installed, so that a second run goes straight to work.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help report test test-campaigns test-slow test-wheel test-latex test-browser test-torch test-dask fuzz bench docs lint types contracts clean

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
TORCH := .venv-torch
DASK := .venv-dask
DOCS := docs/_build

# Processes that pytest runs on; PYTEST_ARGS and REPORT_ARGS are passed on.
WORKERS ?= 2
PYTEST_ARGS ?=
REPORT_ARGS ?=
# How long `make fuzz` asks; FUZZ_ARGS="--kinds sums traces --seed 7" narrows it down.
MINUTES ?= 5
FUZZ_ARGS ?=

export MPLBACKEND := Agg
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 23

report: $(STAMPS)/run ## derive, confirm and write report/ from 32 real images
	$(BIN)/bn-theory report $(REPORT_ARGS)

test: $(STAMPS)/test ## the tests and doctests that take minutes
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

test-campaigns: $(STAMPS)/test ## verdicts and random questions that take a second or more
	$(BIN)/python -m pytest -n $(WORKERS) -m campaign $(PYTEST_ARGS)

test-slow: $(STAMPS)/test ## the long campaigns
	$(BIN)/python -m pytest -n $(WORKERS) -m slow $(PYTEST_ARGS) || test $$? -eq 5

fuzz: $(STAMPS)/test ## random questions against an oracle, for MINUTES=5
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(FUZZ_ARGS)

test-wheel: $(STAMPS)/test $(STAMPS)/wheel ## build, install without extras, and use what was built
	$(BIN)/python -m pytest -m wheel tests/test_wheel.py $(PYTEST_ARGS)

test-latex: $(STAMPS)/test ## compile what is exported as LaTeX (needs pdflatex)
	$(BIN)/python -m pytest -m latex $(PYTEST_ARGS)

test-browser: $(STAMPS)/test $(STAMPS)/browser $(DOCS)/html/index.html ## look at documentation and report in Chromium
	$(BIN)/python -m pytest -m browser tests/browser $(PYTEST_ARGS)

test-torch: $(TORCH)/stamps/torch ## what needs PyTorch, in an environment of its own
	$(TORCH)/bin/python -m pytest -m "torch or not torch" tests/bn_theory/torch bn_theory/torch \
		tests/bn_theory/networks/test_backends.py $(PYTEST_ARGS)

test-dask: $(DASK)/stamps/dask ## campaigns on a Dask cluster, in an environment of its own
	$(DASK)/bin/python -m pytest -m dask tests/bn_theory/verification/test_dask.py $(PYTEST_ARGS)

bench: $(STAMPS)/test $(STAMPS)/bench $(TORCH)/stamps/torch ## time the engine and the simulator, beside their peers
	$(BIN)/python -m tests.benchmarks.compare
	$(TORCH)/bin/python -m tests.benchmarks.networks

docs: $(STAMPS)/docs ## build the documentation, executing its cells
	$(BIN)/python -m sphinx -b html -E -W --keep-going docs $(DOCS)/html
	@echo "open $(DOCS)/html/index.html"

$(DOCS)/html/index.html:
	$(MAKE) docs

lint: $(STAMPS)/lint ## check style and formatting
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: $(STAMPS)/lint ## check the types
	$(BIN)/python -m mypy

contracts: $(STAMPS)/lint ## check that imports flow one way
	$(BIN)/lint-imports

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) $(TORCH) $(DASK) $(DOCS) docs/reference/generated report build dist .benchmarks .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage
	find weingarten bn_theory tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# The first interpreter that is new enough and can make virtual environments; PYTHON=... overrides.
$(STAMPS)/venv $(TORCH)/stamps/venv $(DASK)/stamps/venv: %/stamps/venv:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then \
			echo "setting up $* with $$("$$python" --version)"; \
			"$$python" -m venv $* || exit 1; \
			$*/bin/python -m pip install --quiet --upgrade 'pip>=25.1' || exit 1; \
			mkdir -p $*/stamps && touch $@; \
			exit; \
		fi; \
	done; \
	echo "error: no Python >= 3.11 with the venv module was found." >&2; \
	echo "Install one (on Debian or Ubuntu: python3 and python3-venv)," >&2; \
	echo "or name it: make PYTHON=/path/to/python3.12 ..." >&2; \
	exit 1

$(STAMPS)/run: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[report]'
	@touch $@

# One stamp for each dependency group of pyproject.toml
$(STAMPS)/test $(STAMPS)/wheel $(STAMPS)/bench $(STAMPS)/lint $(STAMPS)/docs $(STAMPS)/browser: $(STAMPS)/%: $(STAMPS)/run
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@

# the version of the dependency group comes first, so that the extra asks for no other
$(TORCH)/stamps/torch: $(TORCH)/stamps/venv pyproject.toml
	$(TORCH)/bin/python -m pip install --quiet --group torch --group test
	$(TORCH)/bin/python -m pip install --quiet --editable '.[report,torch]'
	@touch $@

$(DASK)/stamps/dask: $(DASK)/stamps/venv pyproject.toml
	$(DASK)/bin/python -m pip install --quiet --group dask --group test
	$(DASK)/bin/python -m pip install --quiet --editable '.[report]'
	@touch $@
