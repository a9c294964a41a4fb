# What people type. Everything is made inside .venv by plain python3 and pip; nothing else is needed.
PYTHON ?= python3
BIN := .venv/bin
PEERS := .venv-bench/bin
PORT ?= 8501
CONSTRAINTS := -c constraints.txt

.PHONY: help run setup check test bench bench-peers bench-growth

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: setup  ## Make everything ready on a fresh machine and serve the app at http://127.0.0.1:8501
	@$(BIN)/casebase serve --port $(PORT)

setup: .venv/installed  ## Install, and make database, model, starter cases and index
	@$(BIN)/casebase init

check: .venv/installed-dev  ## Lint, types, layers, documentation
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q tests/docs

test: .venv/installed-dev  ## The whole test suite
	@$(BIN)/pytest

bench: setup .venv/installed-dev  ## Measure speed and memory; the numbers of docs/search.md
	@$(BIN)/python bench/run.py

bench-peers: setup .venv-bench/installed  ## Compare with other search tools, which get an environment of their own (some GB)
	@$(PEERS)/python bench/peers.py $(ARGS)

bench-growth: setup .venv/installed-dev  ## Measure with up to 500,000 passages; ARGS="--sizes 1000 10000" for fewer
	@$(BIN)/python bench/growth.py $(ARGS)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Casebase needs Python 3.11 or later; set PYTHON=python3.x")'
	@$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing (a few minutes the first time) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check $(CONSTRAINTS) --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	@$(BIN)/pip install --quiet --disable-pip-version-check $(CONSTRAINTS) --editable '.[dev]'
	@touch $@

.venv-bench/installed: .venv/bin/python pyproject.toml constraints.txt bench/requirements.txt
	@echo "Installing what is compared (some minutes) …"
	@$(BIN)/python -m venv .venv-bench
	@$(PEERS)/pip install --quiet --disable-pip-version-check $(CONSTRAINTS) -c bench/requirements.txt --editable '.[bench]'
	@touch $@
