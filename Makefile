# Every target first prepares what it needs: .ci/setup.py makes .venv from requirements.lock (0.1 s when nothing is to do).
# GNU make 4.3 or newer and any Python >= 3.11 as `python3`; another one: make PYTHON=python3.13 test

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts/
else
BIN := .venv/bin/
endif
SOURCES := fieldtool tests installer .ci

.DEFAULT_GOAL := help
.PHONY: help setup peers demo test check sweep bench freeze deb translations screens lock clean lint format types contracts rules tokens

help:
	@echo "make demo      a virtual site from sighting to signed record, in the window (offscreen without a display)"
	@echo "make test      all tests; installs the third-party programs that they drive, where it may"
	@echo "make check     style, types, import contracts and our own rules, in seconds"
	@echo "make sweep     every case of the sweeps of which 'make test' runs a tenth"
	@echo "make bench     the measurements, each ratio beside its goal"
	@echo "make screens   pictures of the window in all themes and sizes, below build/screens"
	@echo "make freeze    dist/fieldtool: a folder that runs without Python, smoke-tested"
	@echo "make translations  what there is to translate, written into Qt Linguist's files"
	@echo "make deb       build/fieldtool_*.deb, installed and started in a clean Debian without Python (as root)"
	@echo "make lock      requirements.lock anew from pyproject.toml"
	@echo "make clean     remove what was built (not .venv)"

setup:
	@$(PYTHON) .ci/setup.py

peers:
	@$(PYTHON) .ci/setup.py --peers

demo: setup
	@$(BIN)python -m fieldtool demo

test: peers
	@$(BIN)python -m pytest -n auto

sweep: peers
	@$(BIN)python -m pytest -m sweep --sweep-all -n auto

bench: peers
	@$(BIN)python -m pytest -m bench -s -o python_files="bench_*.py test_*.py" tests/bench

screens: setup
	@$(BIN)python -m pytest tests/ui/test_layout.py
	@echo "Pictures: build/screens"

check: setup
	@$(MAKE) --no-print-directory -k -j2 --output-sync=target lint format types contracts rules tokens

lint:
	@$(BIN)ruff check $(SOURCES)

format:
	@$(BIN)ruff format --check $(SOURCES)

types:
	@$(BIN)mypy
	@$(BIN)mypy .ci installer/freeze.py tests/conftest.py

contracts:
	@$(BIN)lint-imports --no-logo

rules:
	@$(BIN)python .ci/check.py

tokens:
	@$(BIN)python -m pytest -q tests/ui/test_theme.py

freeze: setup
	@$(BIN)python installer/freeze.py

translations: setup
	@$(BIN)python .ci/translations.py

deb: peers
	@$(BIN)python installer/deb.py --fresh
	@$(BIN)python -m pytest -m deb -o python_files=deb_*.py tests/installer

lock: setup
	@$(BIN)python .ci/lock.py

clean:
	@rm -rf build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find fieldtool tests installer .ci -name __pycache__ -type d -prune -exec rm -rf {} +
