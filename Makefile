# Every target works from a clean clone; the environment is made when it is missing or stale.
# Settings are CHRONOPLANE_* variables: `make settings` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := services shared deploy tests
# Two workers fit the smallest machine this is built on; `make test WORKERS=8` on a bigger one.
WORKERS ?= 2
T ?= tests

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' \
		| awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Chronoplane needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "Python cannot make an environment; on Debian install python3-venv." >&2; \
		     rm -rf $(VENV); exit 1; }
	@echo "Installing what requirements.txt locks; this takes a minute, once."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements.txt
	@touch $@

.PHONY: install
install: $(STAMP) ## The environment in .venv, from the hash lock

.PHONY: run
run: $(STAMP) ## The whole stack in the foreground; Ctrl-C stops it, data stays in .chronoplane
	@exec $(BIN)/python -m deploy.local up

.PHONY: backup
backup: $(STAMP) ## Everything that is kept, copied while the stack runs; TO=folder
	@$(BIN)/python -m deploy.local backup $(if $(TO),"$(TO)")

.PHONY: restore
restore: $(STAMP) ## An empty data folder becomes what a backup was; FROM=folder
	@test -n "$(FROM)" || { echo "Say which: make restore FROM=folder" >&2; exit 1; }
	@$(BIN)/python -m deploy.local restore "$(FROM)"

.PHONY: test
test: $(STAMP) ## All checks and all tests; T=tests/edge for some
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(T)

.PHONY: check
check: $(STAMP) ## The quick ones: style, types, imports and the fast tests
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not slow and not stack" $(T)

.PHONY: test-containers
test-containers: $(STAMP) ## Containers for real: on this machine's engine, else on one of Debian's packages (root)
	CHRONOPLANE_TEST_CONTAINERS=$(or $(ENGINE),require) \
		$(BIN)/pytest -q tests/runtimes tests/flows/test_containers.py -k "container" $(ARGS)

.PHONY: bench
bench: $(STAMP) ## Measures and prints the figures of the README; takes a few minutes
	@$(BIN)/python -m tests.benchmarks

.PHONY: chaos
chaos: $(STAMP) ## Random kills and pauses under load, then all is checked; SECONDS=180 SEED=...
	@$(BIN)/python -m tests.faults.chaos --seconds $(or $(SECONDS),180) $(if $(SEED),--seed $(SEED))

.PHONY: soak
soak: $(STAMP) ## Mixed load for long; fails where memory, files or connections grow; MINUTES=30 RATE=30
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30) --rate $(or $(RATE),30)

.PHONY: fuzz
fuzz: $(STAMP) ## Every surface against its own document, at length; EXAMPLES=50 SEED=...
	@seed=$(or $(SEED),$$(date +%s)); echo "seed $$seed"; \
		CHRONOPLANE_FUZZ_EXAMPLES=$(or $(EXAMPLES),50) CHRONOPLANE_FUZZ_SEED=$$seed \
		$(BIN)/pytest -q tests/fuzz

.PHONY: fmt
fmt: $(STAMP) ## Formats the sources and mends what ruff can mend
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

.PHONY: settings
settings: $(STAMP) ## The table of all settings
	@$(BIN)/python -m shared.runtime.settings

.PHONY: lock
lock: ## Compiles requirements.txt from pyproject.toml again (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --group dev -o requirements.txt

.PHONY: lock-check
lock-check: ## Shows where requirements.txt is not what pyproject.toml compiles to (needs uv)
	@cp requirements.txt .requirements.check
	@uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --group dev -o .requirements.check \
		&& diff requirements.txt .requirements.check; status=$$?; rm -f .requirements.check; exit $$status

AUDIT := $(VENV)/audit
$(AUDIT)/.installed: tests/clients/audit/requirements.txt $(STAMP)
	@$(BIN)/python -m venv $(AUDIT)
	@$(AUDIT)/bin/pip install --quiet --disable-pip-version-check --require-hashes \
		--only-binary :all: -r tests/clients/audit/requirements.txt
	@touch $@

.PHONY: audit-environment
audit-environment: $(AUDIT)/.installed

.PHONY: audit
audit: $(AUDIT)/.installed ## Known weaknesses of the locked packages; fails where it could not ask
	@$(BIN)/python -m deploy.audit $(AUDIT)/bin/pip-audit requirements.txt $(ARGS)

.PHONY: licences
licences: $(STAMP) ## The licences of all that is installed
	@$(BIN)/python -m deploy.audit licences

.PHONY: image
image: ## The container image of all processes (needs docker)
	docker build -f deploy/Dockerfile -t chronoplane:local .

.PHONY: clean
clean: ## Removes the environment and caches; never the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
