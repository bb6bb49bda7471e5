PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up

.DEFAULT_GOAL := help
.PHONY: run test lint docs clean help

$(SET_UP): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

run: $(SET_UP) ## build all marts from XDR_PATH (default: the sample)
	$(BIN)/dbt build

test: $(SET_UP) lint ## lint, then all tests
	$(BIN)/pytest

lint: $(SET_UP) ## check the style of Python
	$(BIN)/ruff check python models tests
	$(BIN)/ruff format --check python models tests

docs: $(SET_UP) ## write the documentation of all models to target/
	$(BIN)/dbt docs generate --static

clean: ## remove what was built, the environment included
	rm -rf $(VENV) target logs output

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
