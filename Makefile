# make run: set up, read corpus/, open the page.  make test: set up, then every test.  make quick: without the slow ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Third-party data in the layout that evals/README.md names; never part of the project.
BENCH_DATA ?= data

.PHONY: run test quick lint gate bench lock clean setup demo-model
.DEFAULT_GOAL := run

$(VENV)/installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@

setup: $(VENV)/installed

run: setup
	-$(BIN)/coach ingest corpus
	$(BIN)/coach serve

# The page with a scripted double in the place of a language model: SCRIPT=inventor, obedient, break-off ... show what is refused.
SCRIPT ?= faithful
demo-model: setup
	$(BIN)/python -m evals.scripted --script $(SCRIPT) --port 8111

# The tests of a file stay in one process, for they share servers; files with slow tests come first, so that none is left over.
PYTEST := $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: $(VENV)/installed-dev
	$(PYTEST)

quick: $(VENV)/installed-dev
	$(PYTEST) -m "not slow"

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/mypy

# The starter set, asked in a library of its own and held to evals/gate.toml. Ends with an error where a condition is not met.
GATE := $(VENV)/gate
gate: setup
	rm -rf $(GATE)
	$(BIN)/coach ingest corpus --home $(GATE)
	$(BIN)/coach eval run evals/starter.jsonl --gate evals/gate.toml --out $(GATE)/run --home $(GATE)

bench: $(VENV)/installed-dev
	$(BIN)/python evals/bench/speed.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/pdf.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/quotes.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/highlights.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/retrieval.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/answerability.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/grounding.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/followups.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/personal_data.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/plans.py
	$(BIN)/python evals/bench/evaluation.py
	$(BIN)/python evals/bench/page_load.py
	$(BIN)/python evals/bench/page_speed.py
	$(BIN)/python evals/bench/starter.py
	$(BIN)/python evals/bench/written_claims.py
	$(BIN)/python evals/bench/practices.py evals/practice_questions.jsonl
	$(BIN)/python evals/bench/craft.py
	$(BIN)/python evals/bench/guidance.py
	$(BIN)/python evals/bench/conversations.py
	$(BIN)/python evals/bench/boundaries.py evals/boundaries.jsonl
	$(BIN)/python evals/bench/writing.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/injection.py --data $(BENCH_DATA)
	$(BIN)/python evals/bench/private_model.py

# Resolves the newest versions that pyproject.toml admits and writes both lock files.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet pip-tools==7.6.2
	$(VENV)-lock/bin/pip-compile --quiet --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock pyproject.toml
	$(VENV)-lock/bin/pip-compile --quiet --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	# A build's local label would tie the lock to one machine.
	sed -i 's/^torch==\([0-9.]*\)+.*/torch==\1/; /^#/d; /^$$/d' requirements.lock requirements-dev.lock
	rm -r $(VENV)-lock

clean:
	rm -rf $(VENV) build dist *.egg-info
