# The commands of this repository. Each does its own set-up; `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

bin := .venv/bin
pytest := $(bin)/python -m pytest
workers ?= 2

# Where Python may not keep what it compiled, each command would compile thousands of modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## make .venv from the locked requirements (every other command does it)
	@scripts/setup

.PHONY: demo
demo: setup ## audit two simulated businesses, then show live calls until Ctrl-C
	@$(bin)/decroche demo --out demo-reports

.PHONY: check
check: setup ## formatting, lint, types, import rules and the rules of the tree
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/mypy
	$(bin)/lint-imports
	$(pytest) tests/test_repository.py

.PHONY: fix
fix: setup ## format, and repair what the linter can
	$(bin)/ruff format
	$(bin)/ruff check --fix

.PHONY: test
test: setup ## every test but the hard ones
	$(pytest) -n $(workers) --dist loadfile

.PHONY: test-hard
test-hard: setup ## the slow and heavy tests, with more examples for each property
	@scripts/setup bench
	@scripts/setup browser
	HYPOTHESIS_PROFILE=hard $(pytest) -m hard -n $(workers) --dist loadfile --durations=25

.PHONY: cover
cover: setup ## the branches of the pure half that no quick test takes
	$(pytest) --cov --cov-report=term-missing

.PHONY: spec
spec: setup ## the definitions: what a KPI, a cause or a rule is, on small tables
	$(pytest) tests/spec

.PHONY: cases
cases: setup ## what each phone system's files must become
	$(pytest) tests/cases

.PHONY: connectors
connectors: setup ## the phone systems that are understood
	@$(bin)/decroche connectors

.PHONY: new-connector
new-connector: setup ## the skeleton of a connector: make new-connector NAME=keyyo
	@[ -n "$(NAME)" ] || { echo "type: make new-connector NAME=the folder, such as keyyo" >&2; exit 2; }
	@$(bin)/python scripts/new_connector.py "$(NAME)" $(if $(TITLE),--title "$(TITLE)")

.PHONY: docs
docs: setup ## write the generated pages anew, then run every block of code of the docs
	$(bin)/python -m tests.spec.write_docs
	$(bin)/python -m tests.docs.connectors_page
	$(bin)/python -m tests.docs.api_page
	$(bin)/python -m tests.docs.commands_page
	$(bin)/python -m tests.docs.playbooks_page
	$(bin)/python -m tests.docs.templates_page
	$(bin)/python -m tests.docs.bi_tables_page
	$(pytest) tests/docs

.PHONY: bench
bench: setup ## speed and memory of the audit beside pandas and DuckDB; deliveries; the wait for a text; the desk; the proof of recovery; a quarter on paper; figures of 100 million calls
	@scripts/setup bench
	$(bin)/python -m benchmarks
	$(bin)/python -m benchmarks.deliveries
	$(bin)/python -m benchmarks.recovery
	$(bin)/python -m benchmarks.desk
	$(bin)/python -m benchmarks.recovery_proof
	$(bin)/python -m benchmarks.quarter
	$(bin)/python -m benchmarks.explorer

.PHONY: eval
eval: setup ## real data against its published figures: make eval DATA=folder
	@[ -n "$(DATA)" ] || { echo "type: make eval DATA=the folder with the real data" >&2; exit 2; }
	$(bin)/python scripts/evaluate.py "$(DATA)"

.PHONY: lock
lock: ## choose the versions anew (a week old at least) and lock them with hashes
	@scripts/lock

.PHONY: release
release: setup ## gather changes/ into CHANGELOG.md and build the wheel into dist/
	$(bin)/python scripts/release.py
	$(bin)/python -m hatchling build -t wheel -d dist
