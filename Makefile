# Every target sets up all that it needs; the second time there is nothing left to do.
# `make` alone explains the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON := .venv/bin/python
STAMPS := .cache/stamps
STATIC := src/viewfinder/labelserver/static
FOLDERS := $(wildcard src tests benchmarks examples scripts)

# The browser of the tests is the system's; nothing else may be fetched by a package's own hook.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The front end is built when it is there, and again when a source of it or its lock is newer.
WEB_SOURCES := $(shell [ -d web ] && find web -type f \
	-not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/.*')
ifneq ($(wildcard web/package.json),)
WEB_MODULES := $(STAMPS)/web-modules
WEB_BUILD := $(STAMPS)/web-build
endif
# A stamp tells only the truth as long as the thing that it stands for exists.
ifeq ($(wildcard $(PYTHON)),)
$(shell rm -f $(STAMPS)/python)
endif
ifeq ($(wildcard web/node_modules),)
$(shell rm -f $(STAMPS)/web-modules)
endif
ifeq ($(wildcard $(STATIC)/index.html),)
$(shell rm -f $(STAMPS)/web-build)
endif

.PHONY: help demo test check format bench docs lock clean

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: $(STAMPS)/python $(WEB_BUILD)  ## the whole loop on real photographs: look, choose, annotate, load back
	@$(PYTHON) examples/demo.py

test: $(STAMPS)/python $(WEB_BUILD)  ## all tests: units, contracts, the official CVAT SDK, a real browser
	@scripts/setup-browser
	$(PYTHON) -m pytest tests -n 2 --dist loadfile

check: $(STAMPS)/python $(WEB_MODULES)  ## format, lint, types, and the rules of the house
	$(PYTHON) -m ruff format --check $(FOLDERS)
	$(PYTHON) -m ruff check $(FOLDERS)
	$(PYTHON) -m mypy src tests
	$(if $(WEB_MODULES),npm --prefix web run check)
	$(PYTHON) -m pytest tests/house -q

format: $(STAMPS)/python  ## let ruff lay out the code and mend what it safely can
	$(PYTHON) -m ruff check --fix $(FOLDERS)
	$(PYTHON) -m ruff format $(FOLDERS)

bench: $(STAMPS)/python  ## measure the engine and print the figures beside their targets
	$(PYTHON) benchmarks/run.py

docs: $(STAMPS)/python  ## check links and examples of the docs and build them into site/
	$(PYTHON) -m pytest tests/house/test_docs.py -q
	$(PYTHON) scripts/build_docs.py

lock:  ## resolve the Python dependencies anew into requirements/dev.lock (needs uv)
	uv pip compile -q pyproject.toml --group dev --no-emit-index-url --no-header --upgrade \
		--generate-hashes --python-version 3.11 -o requirements/dev.lock

clean:  ## remove all that was built, the virtual environment included
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist site \
		web/node_modules $(STATIC)
	find $(FOLDERS) -name __pycache__ -prune -exec rm -rf {} +

$(STAMPS)/python: requirements/dev.lock pyproject.toml scripts/setup-python
	@scripts/setup-python
	@mkdir -p $(@D) && touch $@

$(STAMPS)/web-modules: web/package.json $(wildcard web/package-lock.json) scripts/setup-node
	@scripts/setup-node
	@mkdir -p $(@D) && touch $@

$(STAMPS)/web-build: $(STAMPS)/web-modules $(WEB_SOURCES)
	npm --prefix web run build
	@mkdir -p $(@D) && touch $@
