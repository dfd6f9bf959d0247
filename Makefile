# Two commands do everything: `make demo` and `make test`. The others are for those who work here.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help setup demo test check bench pictures clean

help:
	@echo "make demo    four parties talk through a hub that cannot read (HEADLESS=1: print and check only)"
	@echo "make test    the whole test suite"
	@echo "make check   lint, types, import contracts, a test file for every source file"
	@echo "make bench   measure, and write benchmarks/RESULTS.md"
	@echo "make setup   .venv with the commands crossband and crossband-patrol"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: $(READY)
	@$(BIN)/crossband demo $(if $(HEADLESS),--headless)

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python .ci/every_source_file_has_a_test.py

bench: $(READY)
	$(BIN)/python -m benchmarks

pictures: $(READY)
	$(BIN)/python -m pytest tests/tui_client --snapshot-update

clean:
	rm -rf $(VENV) build dist *.egg-info
