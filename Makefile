# Two commands for a newcomer: `make demo` and `make test`. Both set up what they need, in .venv, without root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test lint check clean

demo: $(STAMP)
	$(BIN)/syncd demo $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("syncd needs Python 3.11 or newer; say: make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	@echo 'Setting up $(VENV) with all that syncd needs: once, in a minute or two. Nothing outside this folder changes.'
	@$(PYTHON) -m venv $(VENV) || { echo 'On Debian: apt-get install python3-venv'; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .demo
