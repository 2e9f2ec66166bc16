# Plimsoll. `make help` lists the targets. Everything a target needs is installed into .venv of this folder.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
WORKERS ?= 2
# The environment is reused as long as the lock's own hash is unchanged.
RUNTIME_STAMP := $(VENV)/.runtime-$(shell sha256sum requirements.lock | cut -c1-16)
DEV_STAMP     := $(VENV)/.dev-$(shell sha256sum requirements-dev.lock | cut -c1-16)

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
	@touch $@

$(DEV_STAMP): $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/.dev-* $(VENV)/.runtime-*
	@touch $@ $(RUNTIME_STAMP)

lock: ## resolve both lock files anew (needs uv on the PATH)
	uv pip compile pyproject.toml --extra postgres --extra redis --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	uv pip compile pyproject.toml --extra postgres --extra redis --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock
