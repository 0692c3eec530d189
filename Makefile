# Janus. `make help` lists what can be done; `make run` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?=
STAGE ?= dev
SHARED ?= ../shared
# Of the running system that seed, recount and reindex are for; empty: the one that this project runs.
export JANUS_PORT = $(PORT)
# Else each of the many processes of a test run would compile anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo listen seed recount reindex reprocess restore test test-slow test-browser test-deployed test-all contract types lint lint-template lock audit format package deploy destroy bench corpus fuzz fuzz-structures mutants nightly docs screenshots clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/installed: requirements-dev.lock requirements-recognition.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Janus needs Python 3.11 or newer: make PYTHON=python3.13 ..."; exit 1; }
	@echo "Installing the packages of $^ into $(VENV); that takes two or three minutes, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python scripts/install.py $^
	@touch $@

run: $(VENV)/installed  ## The whole system on this machine, offline: API, S3, SQS, DynamoDB, Cognito
	@echo "Starting Janus ..."
	@$(BIN)/python -m compileall -q app.py chalicelib image_processing  # else Chalice starts anew for each new .pyc
	@exec $(BIN)/chalice local --port $(or $(PORT),8000)

demo: $(VENV)/installed  ## Upload samples to the running system, and show their records: make demo [FILES="photo.jpg folder"] [PORT=8001]
	@$(BIN)/python -m chalicelib.commands.demo $(addprefix --port ,$(PORT)) $(FILES)

listen: $(VENV)/installed  ## Receive the demo account's events as webhooks, verify and print them: make listen [PORT=8001] [AT=8010]
	@$(BIN)/python -m chalicelib.commands.listen $(addprefix --port ,$(PORT)) $(addprefix --at ,$(AT))

seed: $(VENV)/installed  ## Users, images and history for the running system, or for a deployed stage: make seed [PORT=8001] [STAGE=prod]
	@JANUS_STAGE=$(STAGE) $(BIN)/python -m chalicelib.commands.seed

recount: $(VENV)/installed  ## Recount from the records, and correct wrong counters: make recount [OWNERS="..."] [STAGE=prod]
	@JANUS_STAGE=$(STAGE) $(BIN)/python -m chalicelib.commands.recount $(OWNERS)

reprocess: $(VENV)/installed  ## Read again what an older version read: make reprocess [ARGS="--again --per-second 10"] [STAGE=prod]
	@JANUS_STAGE=$(STAGE) $(BIN)/python -m chalicelib.commands.backfill $(ARGS)

reindex: $(VENV)/installed  ## Write the catalogue's index entries again from the records: make reindex [OWNERS="..."] [STAGE=prod]
	@JANUS_STAGE=$(STAGE) $(BIN)/python -m chalicelib.commands.reindex $(OWNERS)

restore: $(VENV)/installed  ## Lost items of a table, out of its copy at an earlier time: make restore COPY=... [OWNERS="..."] [CREDENTIALS=1] [STAGE=prod]
	@JANUS_STAGE=$(STAGE) $(BIN)/python -m chalicelib.commands.restore $(if $(CREDENTIALS),--credentials) "$(COPY)" $(OWNERS)

# half as many again as there are processors: some tests wait, for a process or for the next second
WORKERS = $(shell $(BIN)/python -c "import os; print((os.cpu_count() or 2) * 3 // 2)")

# all but those of other targets; test-all has those of medium length, too
MARKS ?= not medium and not slow and not browser and not deployed

test: $(VENV)/installed  ## The tests (under three minutes on two cores)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "$(MARKS)"

test-slow: $(VENV)/installed  ## What takes longer: the deployed zip under Lambda's runtime, kill -9 in mid-upload, the corpus
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "(medium or slow) and not browser"

test-browser: $(VENV)/installed  ## Every page in Chromium, as people use them, with axe-core (eight minutes)
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "browser and not slow"

# The emulator runs the functions under its own Python, and the layer of `recognize` needs 3.12: the newest that is here.
$(VENV)-deployed/installed: requirements-deployed.lock scripts/pythons
	@newest=$$(scripts/pythons | awk 'END { print $$2 }'); "$${newest:-$(PYTHON)}" -m venv --clear $(VENV)-deployed
	@$(VENV)-deployed/bin/python scripts/install.py requirements-deployed.lock
	@touch $@

test-deployed: $(VENV)/installed $(VENV)-deployed/installed  ## The stage as it is deployed, on an emulator of AWS: the whole journey, updates, failures, the operator's commands
	@$(BIN)/python -m pytest -s -rs --durations 0 --durations-min 1 -m deployed tests/deployed

test-all:  ## The tests, those of medium length included, under every other Python from 3.11 on that is installed
	@scripts/each-python make test MARKS="not slow and not browser and not deployed"

contract: $(VENV)/installed  ## schemathesis against the running system, by its own OpenAPI document (three minutes)
	@$(BIN)/python -m tests.contract

types:  ## TypeScript: types from the OpenAPI document, compiled with the page of docs/frontend (needs npm)
	@command -v npm > /dev/null || { echo "no npm here: the TypeScript check is skipped"; exit 0; }; \
	  cd docs/frontend && npm ci --omit=optional --silent && npm run --silent types && npm run --silent check

lint: $(VENV)/installed  ## Style (ruff), types (mypy), spelling (codespell), language, pyproject.toml
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/codespell
	@$(BIN)/validate-pyproject pyproject.toml > /dev/null
	@$(BIN)/python -m scripts.language

lint-template: $(VENV)/installed  ## The packaged template: cfn-lint, checkov, parliament (IAM); excuses in .chalice/excuses.yaml
	@PYTHON=$(PYTHON) scripts/with-tool checkov==3.3.30 scripts/with-tool parliament==1.6.4 $(BIN)/python -m scripts.lint_template

lock:  ## Renew the locks from requirements*.txt: make lock [ARGS="--upgrade-package moto"]
	@for lock in "requirements-dev.txt -o requirements-dev.lock" "requirements.txt -c requirements-dev.lock -o requirements.lock" \
	  "requirements-deployed.txt -o requirements-deployed.lock" "--no-deps requirements-recognition.txt -o requirements-recognition.lock"; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" PYTHON=$(PYTHON) scripts/with-tool uv==0.13.9 uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --no-annotate $(ARGS) $$lock || exit 1; done

audit: $(VENV)/installed  ## Known vulnerabilities of the locked dependencies, where a database can be reached
	@PYTHON=$(PYTHON) scripts/with-tool pip-audit==2.10.1 $(BIN)/python -m scripts.audit $(ARGS)

format: $(VENV)/installed  ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

package: $(VENV)/installed  ## Build the zip and the CloudFormation template of a stage: make package STAGE=prod
	@$(BIN)/python -m scripts.package --stage $(STAGE)

deploy: $(VENV)/installed  ## Deploy a stage to AWS: make deploy STAGE=prod ARTIFACTS=bucket-for-the-zip
	@$(BIN)/python -m scripts.deploy --stage $(STAGE) --artifacts "$(ARTIFACTS)"

destroy: $(VENV)/installed  ## Delete a stage's stack; images, records, accounts and users stay: make destroy STAGE=prod [YES=1]
	@$(BIN)/python -m scripts.destroy --stage $(STAGE) $(if $(YES),--yes)

corpus: $(VENV)/installed  ## Send every file of a corpus of real images through the offline system
	@$(BIN)/python -m pytest -m "slow and not browser" tests/faults

fuzz-structures: $(VENV)/installed  ## Ten minutes of files that agree with their own lies
	@$(BIN)/python -m tests.fuzz --structures --seconds 600

mutants: $(VENV)/installed  ## Make modules wrong, one place at a time: their tests must notice (ARGS="--sample 12": seconds)
	@$(BIN)/python -m tests.mutants $(ARGS)

nightly: $(VENV)/installed  ## What takes hours: mutants, fuzzing, the whole fault matrix, kills, a soak, a library of 10,000, every benchmark
	@short=; for check in "-m tests.mutants" "-m tests.fuzz --seconds 1800" "-m tests.fuzz --structures --seconds 1800" \
	  "-m tests.faults.matrix" "-m tests.faults.kills --kills 20" "benchmarks/soak.py"; do \
	  echo "== $$check"; $(BIN)/python $$check || short="$$short ($$check)"; done; \
	  echo "== the pages, what takes long"; $(BIN)/python -m pytest -m "browser and slow" || short="$$short (browser and slow)"; \
	  $(MAKE) bench || short="$$short (make bench)"; \
	  [ -z "$$short" ] || { echo "falls short:$$short"; exit 1; }

bench: $(VENV)/installed  ## Every benchmark, each beside its peers
	@short=; for name in latency fidelity metadata cold_start theme analysis palette throttling catalog places page deliveries recognition lighthouse; do \
	  echo "== $$name"; $(BIN)/python benchmarks/$$name.py || short="$$short $$name"; done; \
	  [ -z "$$short" ] || { echo "falls short:$$short"; exit 1; }

fuzz: $(VENV)/installed  ## Ten minutes of fuzzing the readers
	@$(BIN)/python -m tests.fuzz --seconds 600

docs: $(VENV)/installed  ## Write anew the documentation that is generated from the code
	@$(BIN)/python -m image_processing fields --markdown > docs/fields.md
	@$(BIN)/python -m image_processing theme samples/harbour.jpg --output build/harbour > /dev/null
	@cp build/harbour/*.svg docs/images/
	@$(BIN)/python -m scripts.document
	@$(BIN)/python -m scripts.start_page

screenshots: $(VENV)/installed  ## Take the pictures of the pages that README and docs show (needs chromium)
	@$(BIN)/python -m tests.browser.screenshots

clean:  ## Remove what was built (not the offline system's state)
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
