# Two commands do everything on a machine that has git, make and Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= $(firstword $(foreach name,python3.14 python3.13 python3.12 python3.11 python3,$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))
BIN := .venv/bin
FOLDER ?= examples/shop
# Tests and benchmarks start the server hundreds of times; where this is set, as in many containers, every start compiles all modules anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint types contract unit docs bench bench-smoke wheel vsix editors editors-installed editors-driven pictures clean

demo: .venv/demo
	@$(BIN)/architrave check examples/shop --exit-zero
	@echo
	@echo "That was a small shop with planted smells. To see them while you type, connect your editor to this language server:"
	@echo "    $(abspath $(BIN))/architrave server"
	@echo "docs/editors.md says how for VS Code, Neovim, Emacs, Helix and others."

test: .venv/dev lint types contract unit

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

contract: .venv/dev
	$(BIN)/lint-imports

unit: .venv/dev
	$(BIN)/python -m pytest -n auto

bench: .venv/dev
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python -m benchmarks all $(FOLDER)

bench-smoke: .venv/dev
	$(BIN)/python -m benchmarks --smoke

docs: .venv/dev
	$(BIN)/architrave schema > docs/architrave.schema.json
	$(BIN)/architrave schema --markdown > docs/configuration.md
	$(BIN)/architrave rules --format markdown > docs/rules.md
	$(BIN)/python docs/coverage.py
	$(BIN)/python clients/vscode/generate.py

wheel: .venv/dev
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist

vsix: .venv/dev clients/vscode/node_modules/.package-lock.json
	cd clients/vscode && npm test && npm run package

clients/vscode/node_modules/.package-lock.json: clients/vscode/package-lock.json
	cd clients/vscode && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# The editors themselves: fetched where they are missing, driven as a person would. Pictures go to build/editors. One that cannot be had is
# skipped, with the reason; with ARCHITRAVE_EDITORS=required that is a failure.
editors editors-driven: export ARCHITRAVE_EDITORS ?= wanted
editors: editors-installed
	$(MAKE) editors-driven

editors-installed: .venv/dev
	$(BIN)/python tests/editors/prepare.py

editors-driven:
	$(BIN)/python -m pytest tests/editors --durations=10 $(EDITORS)

# The pictures of the extension's page and walkthrough, as the last run of the editors took them.
pictures:
	cp build/editors/tree.png clients/vscode/walkthrough/findings.png
	cp build/editors/agent-preview.png clients/vscode/walkthrough/preview.png
	cp build/editors/hover.png build/editors/review.png clients/vscode/walkthrough

.venv/python:
	@test -n "$(PYTHON)" || { echo "Architrave needs Python 3.11 or newer; none was found. Install one, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/demo: .venv/python pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

.venv/dev: .venv/python pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/demo

clean:
	rm -rf .venv dist build clients/vscode/dist clients/vscode/node_modules clients/vscode/server clients/vscode/*.vsix .mypy_cache .ruff_cache .pytest_cache
