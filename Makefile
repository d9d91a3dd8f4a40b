# The one door: every command a reader of the README needs. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup run test proofs fuzz golden check lint types imports house bench docs lock clean

PY := .venv/bin/python
COERCIVITY := $(PY) -m coercivity.experiments
SCENARIOS ?= policies_frozen restrictions_2025 friendshoring_pooled
ARGS ?=

export MPLBACKEND := Agg
export MPLCONFIGDIR := $(CURDIR)/.venv/.matplotlib

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

setup:  ## make .venv from the lock, if it is not there or out of date
	@sh scripts/bootstrap.sh

run: setup  ## one comparison: a table on screen, a report on disk (SCENARIOS="a b", ARGS="key=value")
	@$(COERCIVITY) compare $(SCENARIOS) $(ARGS)

test: setup  ## the whole test suite (ARGS="-k name")
	@$(PY) -m pytest -n auto $(ARGS)

fuzz: setup  ## thousands of generated inputs, resumed where it stopped (ARGS="--seed 1 --cases 100")
	@PYTHONPATH=tests $(PY) -m fuzz $(ARGS)

proofs: setup  ## the whole proofs, of which `make test` runs a share: an hour (ARGS="tests/scenarios")
	@$(PY) -m pytest -n auto -m proof $(ARGS)
	@bash scripts/wheel.sh
	@bash scripts/pythons.sh

golden: setup  ## write the first year of every scenario anew, when a change of results is meant
	@COERCIVITY_GOLDEN=rewrite $(PY) -m pytest -q -n auto tests/golden $(ARGS)

check: lint types imports  ## lint, types and import rules

lint: setup  ## ruff: style and format of the code
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: setup  ## mypy in strict mode
	@$(PY) -m mypy

imports: setup  ## who may import whom
	@.venv/bin/python -c "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"

house: setup  ## the measures of the layout: circles, names, sizes (ARGS=--list for places)
	@$(PY) scripts/house.py $(ARGS)

bench: setup  ## the benchmarks, as ratios
	@$(COERCIVITY) bench $(ARGS)

docs: setup  ## the documentation as a site that needs no network, in site/
	@sh scripts/docs.sh

lock: setup  ## resolve the dependencies afresh into the lock files (needs uv)
	@sh scripts/lock.sh

clean:  ## remove the virtual environment and caches; results stay
	rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
