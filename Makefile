# The whole vocabulary: run test check bench. The same at home and in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INTEROP := $(CURDIR)/.interop
PORT ?= 8080
DATA ?= ./data
# Where DATA's file system knows no locks or sockets, say DATA=/var/lib/heliograph.

.PHONY: run test check format bench interop console console-check console-test clean

# The console is built beside the server's start, once for each state of its sources; the start does not wait.
run: $(VENV)/run.done
	@$(BIN)/python -m tools.console & exec $(BIN)/python -m heliograph serve --demo --port $(PORT) --data "$(DATA)"

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

# The peers it is measured against are Debian packages and one of PyPI; what cannot be installed is left out
# and said so. RUNLEVEL=1 keeps apt from starting their services. SHORT=1 shows that it works, in 3 minutes, and
# judges no time; all of it takes more than an hour and 45 GB of disk for a while.
bench: $(VENV)/dev.done
	-@[ "$$(id -u)" != 0 ] || { timeout 120 apt-get update -qq && RUNLEVEL=1 timeout 300 apt-get install -y -qq \
		--no-install-recommends gcc libc6-dev kannel redis-server rabbitmq-server; }
	$(BIN)/python -m benchmarks.compare $(if $(SHORT),--short,--budget-minutes 35)
ifndef SHORT
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.endurance
	$(BIN)/python -m benchmarks.text_rates
	$(BIN)/python -m benchmarks.number_rates
	$(BIN)/python -m benchmarks.http_calls
	$(BIN)/python -m benchmarks.smpp_codec
endif

# Other people's SMPP programs as judges; what cannot be installed is skipped and said so.
interop: $(VENV)/dev.done
	@mkdir -p $(INTEROP)/node && echo '*' > $(INTEROP)/.gitignore
	-@[ -d $(INTEROP)/venv ] || $(PYTHON) -m venv $(INTEROP)/venv
	-@$(INTEROP)/venv/bin/python -m pip install --quiet --disable-pip-version-check smpplib==2.2.4
	-@npm install --silent --no-fund --no-audit --prefix $(INTEROP)/node smpp@0.5.1
	-@[ "$$(id -u)" != 0 ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends kannel libnet-smpp-perl; }
	HELIOGRAPH_INTEROP=$(INTEROP) $(BIN)/python -m pytest tests/interop

console: $(VENV)/run.done
	$(BIN)/python -m tools.console

# Types against the API as it is in this checkout, eslint, whether every word has its translation, unit tests.
console-check: $(VENV)/run.done
	$(BIN)/python -m tools.console --types
	$(BIN)/python -m tools.console --check

# A real browser on the real server. Chromium is Debian's; elsewhere name one in HELIOGRAPH_CONSOLE.
console-test: $(VENV)/dev.done console
	-@[ "$$(id -u)" != 0 ] || [ -x /usr/bin/chromium ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
		chromium fonts-dejavu-core fonts-lohit-beng-bengali; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/browser.txt
	HELIOGRAPH_CONSOLE=$${HELIOGRAPH_CONSOLE:-/usr/bin/chromium} $(BIN)/python -m pytest tests/console \
		-n 2 --dist loadfile

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build console/node_modules heliograph/console_dist

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
