PYTHON ?= python

.PHONY: check format-check lint types test test-all test-numerics fix

check: format-check lint types test-all  ## everything that CI runs

format-check:
	$(PYTHON) -m ruff format --check .

lint:
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

test:  ## the quick tests, and the examples in the docstrings: a minute
	$(PYTHON) -m pytest -q -m 'not slow'

test-all:  ## the slow ones too
	$(PYTHON) -m pytest -q

# Every file that compares what two kernels compute: once as on a processor with AVX2 alone, as most have,
# and once with torch's plainest loops. ONNX Runtime and NumPy keep to the machine's own.
NUMERICS = $(shell grep -rl "from tests.rounding import" tests --include="test_*.py")

test-numerics:  ## the comparisons of floats, under the kernels of other x86 processors
	ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 $(PYTHON) -m pytest -q $(NUMERICS)
	ATEN_CPU_CAPABILITY=default $(PYTHON) -m pytest -q $(NUMERICS)

fix:  ## format, and repair what the linter can
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

.PHONY: docs
docs:  ## the site, into build/site/; a warning is an error
	$(PYTHON) -m mkdocs build --strict
