# make demo: see it work.  make test: run its tests.  Both begin with `make setup`, quick the second time.
.PHONY: setup setup-dev demo test test-slow test-gpu check lock
PYTHON ?= python3
export PYTHON

setup:
	@scripts/setup

setup-dev:
	@scripts/setup --dev

demo: setup
	@.venv/bin/vouch demo $(ARGS)

test: setup-dev
	.venv/bin/pytest $(ARGS)

test-slow: setup-dev
	.venv/bin/pytest -m slow $(ARGS)

test-gpu: setup-dev
	.venv/bin/pytest -m gpu $(ARGS)

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

lock:
	@scripts/lock
