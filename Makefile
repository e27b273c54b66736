# The verbs of Anlan. Python and make are all a machine needs; the environment lies in .venv.
PYTHON ?= python3
PERIOD ?= 2019
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := install --quiet --no-deps --require-hashes --requirement
ENV := .venv/runtime.stamp
DEV := .venv/dev.stamp
SPARK := .venv-spark/spark.stamp
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(ENV): requirements/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"Anlan needs Python 3.11, 3.12 or 3.13; {sys.executable} is {v.major}.{v.minor}. Name another: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing $$(grep -c '^[a-z].*==' requirements/runtime.txt) locked packages into .venv (a minute or two, once) …"
	@$(PIP) $(INSTALL) requirements/runtime.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(DEV): $(ENV) requirements/dev.txt
	@echo "Installing the locked packages of the tests into .venv …"
	@$(PIP) $(INSTALL) requirements/dev.txt
	@touch $@

$(SPARK): requirements/spark.txt pyproject.toml
	@test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	@echo "Installing the locked packages for Spark into .venv-spark (several minutes, once) …"
	@.venv-spark/bin/python -m pip --disable-pip-version-check $(INSTALL) requirements/spark.txt
	@.venv-spark/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.PHONY: setup
setup: $(ENV) ## install into .venv

.PHONY: demo
demo: $(ENV) ## write the example province, load, check, build, release, report
	@$(BIN)/anlan example inbox
	@$(BIN)/anlan refresh --period 2019

.PHONY: refresh
refresh: $(ENV) ## take what is new in inbox/ the whole way: make refresh PERIOD=2020-03
	@$(BIN)/anlan refresh --period $(PERIOD)

.PHONY: lab
lab: $(ENV) ## open the notebooks in JupyterLab
	@$(BIN)/anlan lab

.PHONY: test
test: $(DEV) ## run every test: Python, dbt, notebooks
	@$(BIN)/python -m pytest -m "not browser and not spark"

.PHONY: test-browser
test-browser: $(DEV) ## open the bulletin in headless Chromium with the network cut
	@$(BIN)/python -m pytest -m browser

.PHONY: lint
lint: $(DEV) ## ruff, type checker, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --quiet --processes 2 models tests/dbt

.PHONY: spark
spark: $(DEV) $(SPARK) ## build the same models on local Spark and compare every mart (needs Java 17)
	@$(BIN)/python -m pytest -m spark

.PHONY: bench
bench: $(DEV) ## run the benchmarks (ratios, with peak memory)
	@$(BIN)/python -m benchmarks

.PHONY: lock
lock: ## write the hash-locked requirements anew (needs uv)
	@for name in runtime dev spark; do \
	  uv pip compile requirements/$$name.in --universal --python-version 3.11 --override requirements/overrides.txt \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet \
	    --output-file requirements/$$name.txt || exit 1; \
	done

.PHONY: clean
clean: ## remove what builds leave; inbox, lake, releases and reports stay
	@rm -rf target logs .anlan .pytest_cache .ruff_cache .mypy_cache .hypothesis
