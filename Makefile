# The whole vocabulary: run test check bench. The same at home and in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INTEROP := $(CURDIR)/.interop
PORT ?= 8080
DATA ?= ./data
# Where DATA's file system knows no locks or sockets, say DATA=/var/lib/heliograph.

.PHONY: run test check format bench interop clean

run: $(VENV)/run.done
	@exec $(BIN)/python -m heliograph serve --demo --port $(PORT) --data "$(DATA)"

test: $(VENV)/dev.done
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.docs --check

format: $(VENV)/dev.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tools.docs

bench: $(VENV)/dev.done
	$(BIN)/python -m benchmarks.text_rates
	$(BIN)/python -m benchmarks.number_rates
	$(BIN)/python -m benchmarks.http_calls
	$(BIN)/python -m benchmarks.load singles --count 20000 --connections 1000
	$(BIN)/python -m benchmarks.load bulk --count 100000

# Other people's SMPP programs as judges; what cannot be installed is skipped and said so.
interop: $(VENV)/dev.done
	@mkdir -p $(INTEROP)/node && echo '*' > $(INTEROP)/.gitignore
	-@[ -d $(INTEROP)/venv ] || $(PYTHON) -m venv $(INTEROP)/venv
	-@$(INTEROP)/venv/bin/python -m pip install --quiet --disable-pip-version-check smpplib==2.2.4
	-@npm install --silent --no-fund --no-audit --prefix $(INTEROP)/node smpp@0.5.1
	-@[ "$$(id -u)" != 0 ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends kannel libnet-smpp-perl; }
	HELIOGRAPH_INTEROP=$(INTEROP) $(BIN)/python -m pytest tests/interop

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements/run.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.done: requirements/dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/run.done
