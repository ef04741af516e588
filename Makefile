# Two commands to know: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv/bin
PYTEST := MALL_TESTING=1 $(VENV)/python -m pytest

.PHONY: help run test test-all check fmt bench

help:
	@grep -E '^## ' $(firstword $(MAKEFILE_LIST)) | cut -c4-

## make run       start the mall, its servers and workers (PORT=8000, VAR=var)
run:
	@$(PYTHON) -I mall/bootstrap.py base
	@exec env DEMO=1 $(VENV)/python -m mall.run

## make test      the tests of every day
test:
	@$(PYTHON) -I mall/bootstrap.py dev
	@$(PYTEST) -m "not slow"

## make test-all  the slow rest
test-all:
	@$(PYTHON) -I mall/bootstrap.py dev
	@$(PYTEST) -m slow

## make check     lint, format, types, layers, system checks, migrations, locks
check:
	@$(PYTHON) -I mall/bootstrap.py dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy .
	$(VENV)/lint-imports
	MALL_TESTING=1 $(VENV)/python manage.py check --fail-level WARNING
	MALL_TESTING=1 $(VENV)/python manage.py makemigrations --check --dry-run
	$(VENV)/python -m mall.locks

## make fmt       format the code
fmt:
	@$(PYTHON) -I mall/bootstrap.py dev
	$(VENV)/ruff check --fix --exit-zero .
	$(VENV)/ruff format .

## make bench     measure pages and the privacy engine, a JSON line per figure
bench:
	@$(PYTHON) -I mall/bootstrap.py dev
	@$(VENV)/python -m bench
	@$(VENV)/python -m bench.privacy
