# Couvert. `make` lists the targets; PORT=, EDITION=, RAW=, MIRROR= and FULL= are the only settings.
PYTHON ?= python3
PORT ?= 8501
EDITION ?= montreal
RAW ?=
FULL ?=
MIRROR ?=
WATCH ?= none
VENV := .venv
BIN := $(VENV)/bin
export COUVERT_EDITION := $(EDITION)

.DEFAULT_GOAL := help
.PHONY: reliability help setup dev run data site test lint check browser bench

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# One virtual environment; uv where it is installed, pip otherwise.
$(VENV)/.run: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --python $(BIN)/python -r requirements.txt; \
	else $(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -r requirements.txt; fi
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --python $(BIN)/python -r requirements-dev.txt; \
	else $(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -r requirements-dev.txt; fi
	@touch $@

setup: $(VENV)/.run ## make the virtual environment and install what the dashboard needs

dev: $(VENV)/.dev ## the same, with what tests and checks need

run: setup ## build the edition if none is published, and serve it (PORT= EDITION= RAW=; WATCH=auto follows the code)
	@$(BIN)/python -m views.assets
	@$(BIN)/python -m loaders check --edition $(EDITION) >/dev/null \
		|| $(BIN)/python -m loaders build --no-site --edition $(EDITION) $(if $(RAW),--raw "$(RAW)")
	COUVERT_LOCAL=1 $(BIN)/streamlit run server.py --server.address 127.0.0.1 --server.port $(PORT) \
		--server.fileWatcherType $(WATCH)

data: setup ## fetch an edition's sources (EDITION= MIRROR=) and build it; RAW=folder builds from files at hand
	@$(if $(RAW),true,$(BIN)/python -m loaders fetch --edition $(EDITION) $(if $(MIRROR),--mirror "$(MIRROR)"))
	$(BIN)/python -m loaders build --edition $(EDITION) $(if $(RAW),--raw "$(RAW)",$$(test -d data/raw/$(EDITION) && echo --raw data/raw/$(EDITION)))

site: setup ## make the static pages of the version readers are given, in data/site (EDITION=)
	$(BIN)/python -m publish --edition $(EDITION)

# Tests of what happens within a time, or to a whole machine, run one by one; the others on every processor.
# Crowds (tests/load) are measured by `make reliability` only: their figures ask for a quiet machine.
ALONE := $(wildcard tests/chaos tests/serving tests/security tests/deploy)

test: dev ## run the tests (COUVERT_RAW=folder adds those on real files)
	$(BIN)/python -m pytest -n auto --dist loadfile $(addprefix --ignore=,$(ALONE) tests/load)
	$(BIN)/python -m pytest $(ALONE)

lint: dev ## style (ruff) and types (pyright)
	$(BIN)/ruff check .
	$(BIN)/pyright

check: lint test ## style, types and tests

browser: dev ## tests in headless Chromium
	$(BIN)/python -m pytest tests/browser -o addopts="-q --strict-markers"

# Every test that keeps a promise of the table; a row nobody measured is a failure of the table. Those where nothing is
# timed share the processors; the others run one by one, those of a browser last: it keeps a loop of events open.
PROMISES := $(wildcard tests/corpus tests/loaders/test_fetch.py tests/loaders/test_clocks.py tests/pages/test_ages.py \
	tests/indicators/test_releases.py tests/computing/test_referrals.py \
	tests/browser/test_access.py tests/browser/test_site.py tests/browser/test_hostile.py)
TIMED := $(wildcard tests/chaos tests/security tests/serving/test_settings.py tests/serving/test_parts.py \
	tests/serving/test_live.py tests/load tests/browser/test_proxy.py)
REPORT := .reliability.jsonl

reliability: dev ## kill, flood and attack; ends with promises, figures, measures (12 minutes; FULL=1 at full number)
	@rm -f $(REPORT)
	COUVERT_REPORT=$(REPORT) $(if $(FULL),COUVERT_RUNS=full) $(BIN)/python -m pytest -n auto --dist loadfile $(PROMISES) \
		-o addopts="-q --strict-markers" || true
	COUVERT_REPORT=$(REPORT) $(if $(FULL),COUVERT_RUNS=full) $(BIN)/python -m pytest $(TIMED) \
		-o addopts="-q --strict-markers" || true
	$(BIN)/python -m tests.report $(REPORT)

bench: dev ## measure builds, pages, the map, loaders (10 million rows) and access beside PySAL (20 minutes, 17 GB)
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_loaders 10
	$(BIN)/python -m tests.bench_access --pysal
