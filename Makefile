# Two commands: `make quickstart` runs the main job on the built-in lab, `make test` runs all tests.
# While working: `make fast` runs those that train nothing, need no torch and are quick.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The package alone, and beside it, in the same environment, what tests and linters take.
READY := $(VENV)/.ready
READY_FOR_TESTS := $(VENV)/.ready-for-tests
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
ASK := Stepstone needs Python 3.11 or newer, named as in: make PYTHON=python3.12 quickstart

# Tests that start worker processes of their own and watch them.
WATCHING := tests/whole tests/launchers
# Tests of what opens torch, which every process that collects them waits for.
TENSORS := docs/definitions.md tests/families tests/learning tests/stages tests/translation tests/core/test_architecture.py src/stepstone/families src/stepstone/learning src/stepstone/translation

# What takes as long as all other quick tests. Each half has a process of its own: that of a test takes milliseconds, and
# to collect all tests in both and to hand them out one by one would be a quarter of the whole.
HALF := tests/planning tests/pipeline tests/cli tests/report tests/export tests/store tests/lab
QUICK = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -p no:xdist -m "not trains and not slow"

# Compiled tests and workers are kept: without that, every process of a run compiles them again.
unexport PYTHONDONTWRITEBYTECODE

# Inputs that each door of files gets, for so many seconds of processor time at most; one door alone: DOOR=rows_csv.
INPUTS ?= 10000
BUDGET ?= 600
DOOR ?= test

.PHONY: quickstart test fast fast-half fast-rest fuzz crash eight-runs full-disk check house calibrate clean

quickstart: $(READY)
	$(BIN)/stepstone run quickstart

test: $(READY_FOR_TESTS)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

fast: $(READY_FOR_TESTS)
	@$(MAKE) --no-print-directory -j 2 fast-half fast-rest

fast-half:
	$(QUICK) $(HALF)

fast-rest:
	$(QUICK) $(patsubst %,--ignore %,$(HALF) $(WATCHING) $(TENSORS))

# A small study disturbed at random moments, its bits compared with those of an undisturbed one: docs/reliability.md.
MOMENTS ?= 200
crash: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/whole/crash.py --moments $(MOMENTS)

# Eight runs of overlapping studies on one store, three of them killed, with other verbs beside them: docs/reliability.md.
ROUNDS ?= 5
eight-runs: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/whole/eight_runs.py --rounds $(ROUNDS)

# The study of `crash` on a disk that is full again and again (root mounts it): docs/reliability.md.
STUDIES ?= 3
full-disk: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/whole/full_disk.py --studies $(STUDIES)

# Damaged files at every door through which a stranger's comes in (tests/fuzz); what fails goes into its corpus.
fuzz: $(READY_FOR_TESTS)
	OMP_NUM_THREADS=1 STEPSTONE_FUZZ=$(INPUTS) STEPSTONE_FUZZ_SECONDS=$(BUDGET) $(BIN)/python -m pytest tests/fuzz -n 2 -rP -k "$(DOOR)"

check: $(READY_FOR_TESTS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python benchmarks/house.py

# Figures of the structure, from the code itself; it fails where a limit of CONTRIBUTING.md is broken.
house:
	$(PYTHON) benchmarks/house.py

# Half an hour to an hour of one core: simulated studies through `compare`, for docs/calibration.md.
calibrate: $(READY_FOR_TESTS)
	$(BIN)/python benchmarks/calibrate.py --tables 200
	$(BIN)/python benchmarks/calibrate.py --power --tables 20 --figure docs/power.svg
	$(BIN)/python benchmarks/slopes.py --studies 100

clean:
	rm -rf $(VENV) stepstone-store reports

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) > /dev/null || { echo "there is no $(PYTHON); $(ASK)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("$(PYTHON) is %d.%d; $(ASK)" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	touch $@

$(READY_FOR_TESTS): $(READY)
	$(INSTALL) -e ".[dev]"
	touch $@
