# Plimsoll. `make help` lists the targets. Everything a target needs is installed into .venv of this folder.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
WORKERS ?= 2
# The environment is reused as long as the lock's own hash is unchanged.
RUNTIME_STAMP := $(VENV)/.runtime-$(shell sha256sum requirements.lock | cut -c1-16)
DEV_STAMP     := $(VENV)/.dev-$(shell sha256sum requirements-dev.lock | cut -c1-16)
BENCH_VENV    := .venv-bench
BENCH_STAMP   := $(BENCH_VENV)/.bench-$(shell sha256sum requirements-bench.lock | cut -c1-16)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev lock demo run worker check test test-long bench clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUNTIME_STAMP) ## create .venv and install what running needs, hash-checked

setup-dev: $(DEV_STAMP)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Plimsoll needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME_STAMP): $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@rm -f $(VENV)/.runtime-*
	@$(BIN)/python -m audits.sandbox.preflight
	@touch $@

$(DEV_STAMP): $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/.dev-* $(VENV)/.runtime-*
	@touch $@ $(RUNTIME_STAMP)

lock: ## resolve both lock files anew (needs uv on the PATH)
	uv pip compile pyproject.toml --extra postgres --extra redis --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	uv pip compile pyproject.toml --extra postgres --extra redis --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock
	uv pip compile pyproject.toml --extra postgres --extra redis --extra dev --extra bench -c requirements-dev.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-bench.lock

demo: setup ## run the whole chain on real data and leave the portal serving (SERVE=0: stop when done)
	$(BIN)/python -m demo --serve $(SERVE)

run: setup ## serve the portal and one worker on this machine (PORT=8000)
	$(BIN)/python manage.py up --port $(or $(PORT),8000)

worker: setup ## run a worker alone (a grown installation has several)
	$(BIN)/python manage.py worker --concurrency $(WORKERS)

check: setup-dev ## format, lint, types, layers, migrations, deployment check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	SECURE=1 $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/openapi.yaml

test: setup-dev ## run the whole test suite (DATABASE_URL and BROKER_URL choose other servers than the embedded ones)
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile -m "not long" $(ARGS)

test-long: setup-dev ## the long forms: kills among 300 jobs, thousands of damaged model files, launches and batches of the cage
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile -m long

# Peers never enter the product's environment.
$(BENCH_STAMP):
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@rm -f $(BENCH_VENV)/.bench-*
	@touch $@

bench: $(BENCH_STAMP) ## measure what this version does, each figure beside its peer in one run (ONLY="P1 P7")
	$(BENCH_VENV)/bin/python -m benchmarks $(ONLY)

clean: ## remove the environment, caches and everything under var/
	rm -rf $(VENV) $(BENCH_VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis
