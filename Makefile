# `make run` starts Hansa and `make test` checks it; both set up what is missing first. Needs Python 3.11–3.13 and make.

SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	if $$name -c '$(SUITABLE)' 2>/dev/null; then echo $$name; break; fi; done)
HERE := .venv/bin/python -P
SETUP = $(PYTHON) -P src/hansa/site/ops/environment.py
ARGS ?=
# tests run in as many processes, whole files each; WORKERS=0 runs them in one
WORKERS ?= 2
# one order of sets in all processes, so that they collect the same names
PYTEST = PYTHONHASHSEED=0 $(HERE) -m pytest -n $(WORKERS) --dist loadfile

.PHONY: run test test-fast test-heavy checks lint types imports migrations bench messages screenshots lock clean setup setup-dev python

run: setup  ## start Hansa; options: make run ARGS="--port 8080"
	@exec .venv/bin/hansa up $(ARGS)

test: checks  ## everything: lint, types, imports, migrations, unit, database and browser tests
	@$(HERE) -m hansa.site.ops.browser
	@$(PYTEST) -m "not heavy" $(ARGS)

test-fast: setup-dev  ## without the journeys
	@$(HERE) -m hansa.site.ops.messages
	@$(PYTEST) -m "not heavy and not journey" $(ARGS)

test-heavy: setup-dev  ## what is too slow for every run
	@$(HERE) -m hansa.site.ops.messages
	@$(PYTEST) -m heavy $(ARGS)

checks: lint types imports migrations
	@$(HERE) -m hansa.site.ops.messages

lint: setup-dev
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .

types: setup-dev
	@.venv/bin/mypy --no-error-summary

imports: setup-dev
	@.venv/bin/lint-imports --no-cache

migrations: setup-dev  ## models and migrations say the same
	@HANSA_TESTING=1 $(HERE) -W ignore::RuntimeWarning -m django makemigrations --check --dry-run --settings hansa.site.settings

bench: setup-dev  ## every measurement of benchmarks/, each prints a table and writes JSON
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(HERE) $$file || exit 1; done

messages: setup-dev  ## collect texts into the .po catalogues (needs GNU gettext) and compile them
	@command -v xgettext >/dev/null || { echo "Error: collecting texts needs GNU gettext (apt-get install gettext)." >&2; exit 1; }
	@for room in src/hansa/*/locale; do (cd $$room/.. && $(CURDIR)/.venv/bin/django-admin makemessages --locale pl --no-obsolete --add-location file) || exit 1; done
	@$(HERE) -m hansa.site.ops.messages

screenshots: setup-dev  ## every page at 1360 and 360 px, and the picture in the README
	@$(HERE) tools/screenshots.py $(ARGS)

lock: setup-dev  ## resolve the newest versions that pyproject.toml allows, with hashes
	@cd $(CURDIR) && for part in "pyproject.toml -o requirements.lock" "pyproject.toml --extra dev -o requirements-dev.lock"; do \
	  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade $$part || exit 1; done
	@echo uv | .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade - -o requirements-setup.lock

clean:  ## what checks and builds left; neither .venv nor any installation
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

setup: python
	@$(SETUP)

setup-dev: python
	@$(SETUP) --dev

python:
	@test -n "$(PYTHON)" || { echo "Error: Hansa needs Python 3.11, 3.12 or 3.13 and none was found; install one (apt-get install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c '$(SUITABLE)' 2>/dev/null || { echo "Error: $(PYTHON) is not Python 3.11, 3.12 or 3.13; name one that is: make run PYTHON=python3.12" >&2; exit 1; }
