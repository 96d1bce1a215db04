# The commands of this repository. Everything they install or write lies below .local/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

override PYTHON := $(shell command -v $(or $(PYTHON),python3))
VENV := .local/venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
REQUIREMENTS := requirements.txt requirements-dev.txt
# mysqlclient comes as source only. Debian's own Python leaves out what other Pythons bring along.
BUILD_PACKAGES := default-libmysqlclient-dev pkg-config build-essential
BUILD_PACKAGES += $(if $(filter /usr/bin/%,$(realpath $(PYTHON))),python3-venv python3-dev)
COMPILE := $(BIN)/uv pip compile --quiet --no-header --no-annotate --generate-hashes --python-version 3.11

# What a person gives a command. It reaches the command through the environment, as it stands: neither make nor the
# shell reads anything into it.
ARGUMENTS := NAME CATEGORY TABLE DB RATE
$(foreach each,$(ARGUMENTS),$(eval override $(each) := $$(if $$(findstring command,$$(origin $(each))),$$(value $(each)))))
export $(ARGUMENTS)
export MAKE_BEGAN := $(shell date +%s)
# Where what is imported from Airflow here keeps its settings; each Airflow that is started has its own.
export AIRFLOW_HOME := $(abspath .local/airflow)
export VIRTUAL_ENV := $(abspath $(VENV))
export PATH := $(abspath $(BIN)):$(PATH)
export PYTHONPATH := $(abspath plugins)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(INSTALLED) ## From nothing to filled reporting tables, through real Airflow runs
	@python -m dev demo

.PHONY: up
up: $(INSTALLED) ## Start MySQL, PostgreSQL, Azurite and Airflow, with the audit streaming; say what to do next
	@python -m dev up

.PHONY: down
down: ## Stop all of them, those of make try too; data and settings stay
	@for home in $(dir $(wildcard .local/*/env)); do python -m dev down --home $$home; done

.PHONY: status
status: $(INSTALLED) ## Say what runs, and where
	@python -m dev status || true

.PHONY: mysql
mysql: $(INSTALLED) ## Open MySQL's client in the reporting tables; make mysql DB=audit: in the audit tables
	@python -m dev mysql -- "$${DB:-reporting}"

.PHONY: psql
psql: $(INSTALLED) ## Open PostgreSQL's client in a source: make psql DB=erp
	@python -m dev psql -- "$$DB"

.PHONY: traffic
traffic: $(INSTALLED) ## Keep changing the sources, as applications would; make traffic RATE=200: statements a second
	@python -m dev traffic -- "$${RATE:-50}"

# Also tests that are interrupted leave no server behind.
.PHONY: test
test: lint chromium pgbouncer ## All tests, with servers of their own, in minutes
	@trap 'for home in .local/tests/*/; do python -m dev down --home $$home; done; echo "No server of the tests runs."' \
		EXIT; python -m pytest --numprocesses 2 --dist loadscope

.PHONY: test-unit
test-unit: $(INSTALLED) ## The tests that need no server, in seconds
	@python -m pytest tests/unit

.PHONY: close-faults
close-faults: $(INSTALLED) ## Each control of the close fails on its seeded faults, then passes over the clean world
	@trap 'python -m dev down --home .local/tests/integration' EXIT; \
		python -m pytest --verbose tests/integration/close/test_controls.py -k "fault or clean"

.PHONY: lint
lint: $(INSTALLED) ## Style, known mistakes, who imports whom, and what is wrong in the SQL files
	@ruff check .
	@ruff format --check .
	@lint-imports --no-logo --cache-dir .local/import_linter
	@python -m dev.recipes check

.PHONY: bench
bench: $(INSTALLED) ## Measure loads and dashboard queries beside other tools; name what has become slower
	@uv pip install --quiet --requirement requirements-bench.txt
	@python -m tests.bench

.PHONY: new-table
new-table: $(INSTALLED) ## Begin a reporting table: make new-table NAME=crm_activity_daily CATEGORY=sales
	@python -m dev.recipes new-table -- "$$NAME" "$$CATEGORY"

.PHONY: new-log
new-log: $(INSTALLED) ## Begin a log of a source: make new-log NAME=badge_readings TABLE=user_activity_log
	@python -m dev.recipes new-log -- "$$NAME" "$$TABLE"

.PHONY: try
try: $(INSTALLED) ## Check a table or a log and run its cases, in seconds: make try TABLE=crm_activity_daily
	@python -m dev.recipes.try_cases "$$TABLE"

.PHONY: drop-table
drop-table: $(INSTALLED) ## Remove the files of a reporting table, name what remains: make drop-table NAME=crm_activity_daily
	@python -m dev.recipes drop-table -- "$$NAME"

.PHONY: docs
docs: $(INSTALLED) ## Write the generated parts of the documentation
	@python -m dev.docs

.PHONY: requirements
requirements: $(INSTALLED) ## Compile the pinned requirements again
	@$(COMPILE) requirements.in --output-file requirements.txt
	@$(COMPILE) requirements-dev.in --constraint requirements.txt --output-file requirements-dev.txt
	@$(COMPILE) requirements-image.in --constraint requirements.txt --no-deps --output-file requirements-image.txt
	@$(COMPILE) requirements-uv.in --output-file requirements-uv.txt
	@$(COMPILE) requirements-bench.in --constraint requirements.txt --output-file requirements-bench.txt

.PHONY: clean
clean: ## Stop all servers and remove everything below .local/
	@for home in $(dir $(wildcard .local/*/env)); do python -m dev down --home $$home; done
	@rm -rf .local

.PHONY: pgbouncer
pgbouncer:
	@[ -x /usr/sbin/pgbouncer ] || dev/debian-packages.sh "the test of a connection pooler" pgbouncer

.PHONY: chromium
chromium:
	@[ -x /usr/bin/chromium ] || dev/debian-packages.sh "the browser test" chromium

$(INSTALLED): $(REQUIREMENTS) requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: Python 3.11 or later is needed, found " \
		+ sys.version.split()[0] + "; name another one: make PYTHON=python3.12")'
	@dev/debian-packages.sh "building mysqlclient" $(BUILD_PACKAGES)
	@echo "-> Installing the Python packages into $(VENV), for a minute or two"
	@[ -x $(BIN)/uv ] || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.txt
	@$(BIN)/uv pip sync --quiet $(REQUIREMENTS)
	@touch $@
	@echo "ok Installing the Python packages: $$(( $$(date +%s) - $(MAKE_BEGAN) )) s"
