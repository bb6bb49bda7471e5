PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up
SPARK := $(VENV)/.spark
JAVA := $(or $(JAVA_HOME),$(shell command -v java))
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: run spark test lint docs bench compat mutants audit clean help

$(SET_UP): requirements.txt pyproject.toml
	@echo "Installing Python packages into $(VENV). This takes about a minute, once."
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt
	$(PIP) --no-deps -e .
	touch $@

$(SPARK): $(SET_UP) requirements-spark.txt
	@echo "Installing Spark into $(VENV). This takes about a minute, once."
	$(PIP) -c requirements.txt -r requirements-spark.txt
	touch $@

run: $(SET_UP) ## build the marts from XDR_PATH (default: the sample), publish, report
	@echo "Building the tables from $${XDR_PATH:-the sample in seeds/}. The sample takes"
	@echo "about 15 seconds, 20 million sessions about four minutes on 2 cores."
	$(BIN)/dbt build --exclude-resource-type unit_test
	@echo "Publishing the tables and drawing the page. This takes a few seconds."
	$(BIN)/engagement publish
	$(BIN)/engagement report

spark: $(SPARK) ## do the same on Spark, in this process or on SPARK_MASTER
	$(BIN)/engagement land --target spark
	$(BIN)/dbt build --target spark --exclude tag:fit+
	$(BIN)/engagement fit --target spark
	$(BIN)/dbt build --target spark --select tag:fit+
	$(BIN)/engagement publish --target spark
	$(BIN)/engagement report --target spark

# Tests always use the sample, even if XDR_PATH is set in the shell or on the
# command line.
test lint: override export XDR_PATH =

test: override export ENGAGEMENT_OUTPUT = target/test
test: $(SET_UP) $(if $(JAVA),$(SPARK)) lint ## lint, build the sample with all dbt tests, run pytest
	rm -rf $(ENGAGEMENT_OUTPUT)
	$(BIN)/dbt build
	$(BIN)/pytest

lint: override export ENGAGEMENT_OUTPUT = target/lint
lint: $(SET_UP) ## check the style of Python and SQL, and the manners of the dbt project
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint models tests
	$(BIN)/sqlfluff lint --templater raw python/engagement
	$(BIN)/dbt --quiet parse --target-path target/lint
	$(BIN)/dbt-bouncer run
	$(BIN)/dbt-score lint --manifest target/lint/manifest.json

docs: DOCS = $(or $(ENGAGEMENT_OUTPUT),output)/docs
docs: $(SET_UP) ## write a documentation page of all models to output/docs/
	$(BIN)/dbt docs generate --static
	mkdir -p "$(DOCS)"
	cp target/static_index.html "$(DOCS)/index.html"

bench: $(SET_UP) $(if $(JAVA),$(SPARK)) ## benchmark the project against its rivals, e.g. BENCH="--sizes 0.2,2"
	$(PIP) -r requirements-bench.txt
	$(BIN)/python tests/benchmarks/bench.py $(BENCH)

compat: DUCKDB = 2.0.1
compat: COMPAT = target/compat
compat: export ENGAGEMENT_OUTPUT = $(COMPAT)/output
compat: override export XDR_PATH =
compat: ## build, publish and report the sample with another DuckDB, e.g. DUCKDB=2.0.1
	rm -rf $(COMPAT)
	$(PYTHON) -m venv $(COMPAT)
	$(COMPAT)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(COMPAT)/bin/pip install --quiet --disable-pip-version-check --no-deps duckdb==$(DUCKDB) -e .
	$(COMPAT)/bin/dbt build --target-path $(COMPAT)/target --log-path $(COMPAT)/logs
	$(COMPAT)/bin/engagement publish
	$(COMPAT)/bin/engagement report

mutants: override export XDR_PATH =
mutants: $(SET_UP) ## change the models one operator at a time, list what no test notices, e.g. MUTANTS="--sample 30"
	$(BIN)/python tests/mutants/mutants.py $(MUTANTS)

audit: override export ENGAGEMENT_OUTPUT = target/audit
audit: $(SET_UP) ## compare the reference month (XDR_PATH) with what others have published of it
	@test -n "$$XDR_PATH" || { echo "Set XDR_PATH to the export of the reference month."; exit 1; }
	rm -rf $(ENGAGEMENT_OUTPUT)
	$(BIN)/dbt build --exclude-resource-type unit_test --vars '{engagement_days: null, cluster_scaler: standard}' --target-path target/audit/target
	$(BIN)/python tests/audit/audit.py

clean: ## remove all that was built, including the virtual environment
	rm -rf $(VENV) target logs output

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
