PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
LITE_VERSION := 0.10.0
TYPES_VERSION := 7.13.0
TYPESCRIPT_VERSION := 5.9.3
CLIENTS := clients clients-langchain clients-litellm

.PHONY: run test test-again test-postgres check prove prove-bites prove-faults prove-load prove-api clients demo bench bench-sql bench-encryption bench-recall bench-indexes bench-knobs bench-learning bench-scale bench-portability pin lite typescript clean

run: $(VENV)/.run ## install what is missing, migrate, start, print where
	@MALLOC_ARENA_MAX=2 exec $(BIN)/python main.py # fewer heaps for threads: 13 MiB less, no slower

# A file's tests go to one process, which sets up once what they share; the longest files begin.
# One process more than cores: tests also wait.
PYTEST := $(BIN)/python -m pytest -n $(or $(WORKERS),$$($(PYTHON) -c 'import os; print(os.cpu_count() + 1)')) --dist loadfile --no-loadscope-reorder --durations 15 --durations-min 1

test: $(VENV)/.dev clients ## [WORKERS=cores + 1]: the whole suite; says what it skipped, and which tests took longest
	$(PYTEST)

test-again: $(VENV)/.dev ## what failed last, once more and alone: what only wanted time passes, what is broken does not
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none

test-postgres: $(VENV)/.dev ## the tests of the API, faults and privacy with everything kept in a Postgres
	TEST_DATABASE=postgres $(PYTEST) --timeout 600 tests/api tests/faults tests/privacy tests/on_postgres

check: $(VENV)/.dev ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: $(VENV)/.dev ## DATA=folder [CONVERSATION=26] [FORM=names|roles]: replay a LoCoMo conversation over HTTP, and ask
	$(BIN)/python -m bench.demo $(DATA) --conversation $(or $(CONVERSATION),26) --form $(or $(FORM),names)

bench-recall: $(VENV)/.dev ## DATA=folder [OUT=folder]: evidence recall on LoCoMo conversations
	$(BIN)/python -m bench.recall_locomo $(DATA) $(if $(OUT),--out $(OUT))

bench-indexes: $(VENV)/.dev ## DATA=folder: the same questions over each index, and how long each takes
	$(BIN)/python -m bench.indexes $(DATA)

bench-knobs: $(VENV)/.dev ## DATA=folder [FORM=names|roles] [OUT=folder]: what each setting of recall does
	$(BIN)/python -m bench.knobs $(DATA) $(if $(FORM),--form $(FORM)) $(if $(OUT),--out $(OUT))

bench-learning: $(VENV)/.dev ## DATA=folder: how right the rules are, and what a learnt turn costs a model
	$(BIN)/python -m bench.extraction_rules
	$(BIN)/python -m bench.extraction_locomo $(DATA)
	$(BIN)/python -m bench.learning_tokens $(DATA)

prove: $(VENV)/.dev ## CONVERSATIONS=1000 [SEED=] [WORKERS=2] [ENCRYPTED=1]: random conversations, and a search for every word everywhere else
	$(BIN)/python -m tests.prove --conversations $(or $(CONVERSATIONS),1000) --workers $(or $(WORKERS),2) \
		$(if $(SEED),--seed $(SEED)) $(if $(ENCRYPTED),--encrypted)

prove-bites: $(VENV)/.dev ## break each rule of privacy in a copy of the program, and see that it is caught
	$(BIN)/python -m tests.prove.bites

prove-faults: $(VENV)/.dev ## ROUNDS=3: the fault and privacy suites again and again, each time in another order
	for round in $$(seq $(or $(ROUNDS),3)); do \
		echo "Round $$round"; $(PYTEST) --timeout 600 tests/faults tests/privacy || exit 1; done

prove-api: $(VENV)/.dev ## [EXAMPLES=50] [SEED=1]: schemathesis over every operation of the OpenAPI document, all checks and phases
	$(BIN)/python -m tests.fuzz --examples $(or $(EXAMPLES),50) --seed $(or $(SEED),1)

prove-load: $(VENV)/.dev ## [USERS=200] [MINUTES=20]: three servers and a worker under load, one of them killed every 30 s
	$(BIN)/python -m tests.load --users $(or $(USERS),200) --minutes $(or $(MINUTES),20)

bench: $(VENV)/.dev ## [QUICK=1] [HUGE=1] [OUT=folder] [ONLY=figure]: what the product costs, beside baselines, into checkpoints/bench; 15 minutes
	$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(HUGE),--huge) $(if $(ONLY),--only $(ONLY)) \
		--out $(or $(OUT),$(if $(QUICK),/tmp/memorychat-bench,checkpoints/bench))

bench-sql: $(VENV)/.dev ## turns on SQL alone: one thread hop per transaction or statement; SQLite and Postgres
	$(BIN)/python -m bench.transactions
	$(BIN)/python -m bench.databases

bench-scale: $(VENV)/.dev ## [OUT=folder]: recall, room and time at 1,000 to 1,000,000 memories; about ten minutes
	$(BIN)/python -m bench.scale --sizes 1000 10000 100000 --profiles 1000x1000 $(if $(OUT),--out $(OUT))

bench-encryption: $(VENV)/.dev ## what encryption at rest costs, against none in the same run
	$(BIN)/python -m bench.encryption

bench-portability: $(VENV)/.dev ## 10,000 messages and memories in, indexed, and out again
	$(BIN)/python -m bench.portability

pin: $(VENV)/.dev ## resolve requirements*.in again
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt
	for name in $(CLIENTS); do $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header requirements-$$name.in -o requirements-$$name.txt; done

clients: $(VENV)/.venv ## SDKs that tests drive, in environments of their own; without a package index their tests are skipped
	@for name in $(CLIENTS); do \
		$(MAKE) -s .venv-$$name/.made || echo "NOT TESTED with what requirements-$$name.in names: it could not be installed"; done

lite: .node/.lite-$(LITE_VERSION) ## what tests of Supabase Auth and Storage run against where Node is: npm's @supabase/lite
.node/.lite-$(LITE_VERSION):
	@mkdir -p .node
	npm install --prefix .node --no-audit --no-fund --ignore-scripts --silent @supabase/lite@$(LITE_VERSION)
	@touch $@

typescript: .node/.types-$(TYPES_VERSION)-$(TYPESCRIPT_VERSION) ## what makes and compiles a TypeScript client of the document, where Node is
.node/.types-$(TYPES_VERSION)-$(TYPESCRIPT_VERSION):
	@mkdir -p .node
	npm install --prefix .node --no-audit --no-fund --ignore-scripts --silent openapi-typescript@$(TYPES_VERSION) typescript@$(TYPESCRIPT_VERSION)
	@touch $@

clean:
	rm -rf $(VENV) $(CLIENTS:%=.venv-%) .node .mypy_cache .ruff_cache .pytest_cache .hypothesis

# uv installs in 2 s what takes pip 40 s; where it does not come, pip does the same more slowly.
$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "MemoryChat needs Python 3.11 or newer: make PYTHON=/path/to/python3 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION) 2>/dev/null || true
	@touch $@

$(VENV)/.run: $(VENV)/.venv requirements.txt
	@echo "Installing into $(VENV) …"
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.txt 2>/dev/null || \
		$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements-dev.txt 2>/dev/null || \
		$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv-%/.made: requirements-%.txt
	@echo "Installing into .venv-$* …"
	@$(PYTHON) -m venv --clear .venv-$*
	@if [ -x $(BIN)/uv ]; then UV_HTTP_TIMEOUT=15 UV_HTTP_RETRIES=1 $(BIN)/uv pip install -q --python .venv-$*/bin/python -r $<; else \
		.venv-$*/bin/python -m pip install -q --disable-pip-version-check --retries 1 --timeout 15 -r $<; fi
	@touch $@
