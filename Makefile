PYTHON ?= python

.PHONY: check format-check lint types test fix

check: format-check lint types test  ## everything that CI runs

format-check:
	$(PYTHON) -m ruff format --check .

lint:
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

test:  ## the tests, and the examples in the docstrings
	$(PYTHON) -m pytest -q

fix:  ## format, and repair what the linter can
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

.PHONY: docs
docs:  ## the site, into build/site/; a warning is an error
	$(PYTHON) -m mkdocs build --strict
