# Each target sets up what it needs in .venv; a second call starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: brief test serve bench lint lock starter docs clean

brief: $(VENV)/.run  ## the India-Russia brief in the terminal, from the embedded data
	@$(BIN)/comity brief IND RUS

test: $(VENV)/.dev  ## every test
	@$(BIN)/python -m pytest -n 2

serve: $(VENV)/.run  ## the pages and the REST API, on this machine alone
	@$(BIN)/comity serve

lint: $(VENV)/.dev  ## style, types, formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.dev  ## time comity beside its peers; tables and JSON in benchmarks/results
	@$(BIN)/python -m benchmarks

lock:  ## new locked versions, with hashes and without addresses
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --quiet uv
	@$(VENV)-lock/bin/uv pip compile pyproject.toml requirements/build.in --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements/run.txt
	@$(VENV)-lock/bin/uv pip compile pyproject.toml requirements/build.in --extra dev --extra mcp --extra postgres --extra spark --extra unctad --constraint requirements/run.txt --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements/dev.txt
	@rm -rf $(VENV)-lock

$(VENV)/.python:
	@echo "Setting up .venv (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "comity needs Python 3.11 or later; set PYTHON=... to choose one")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.python
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
