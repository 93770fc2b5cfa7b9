# The commands of this project. Each makes .venv first if it is not there yet; nothing is installed outside it but,
# as root and where it is missing, Debian's rabbitmq-server.
.PHONY: help demo test check docs golden lock test-rabbitmq4 faults soak bench bench-growth bench-acute bench-retention profile venv
.DEFAULT_GOAL := help

python := .venv/bin/python

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

demo: venv ## the main job, with fake partners, as a story on the terminal
	@$(python) -m hub demo

test: venv ## all tests, on a real RabbitMQ and PostgreSQL of their own
	@scripts/pgbouncer .cache/pgbouncer
	@$(python) -m pytest -n 2 --dist loadfile --max-worker-restart=0

test-rabbitmq4: venv ## the integration and acceptance tests on RabbitMQ 4.0 (needs root; 700 MB in .cache)
	@scripts/rabbitmq4 install .cache/rabbitmq4
	@TEST_KETENHUB_RABBITMQ4=.cache/rabbitmq4 $(python) -m pytest -n 2 --dist loadfile --max-worker-restart=0 tests/integration tests/acceptance

faults: venv ## the hub broken on purpose, all of it (make test runs a bounded part)
	@$(python) -m pytest -vv -n 2 --dist loadfile --max-worker-restart=0 -m "exhaustive or not exhaustive" tests/faults

soak: venv ## traffic of all kinds while everything is killed at random (MINUTES=5, SEED=)
	@$(python) -m tests.faults.soak --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED)) --json soak.json

bench: venv ## the hub, a peer and a floor on the same work, on an idle machine (some ten minutes)
	@$(python) -m bench

bench-growth: venv ## the same with up to ten million radar entries and a million open cases (a quarter of an hour)
	@$(python) -m bench.growth

bench-acute: venv ## an acute report's way, with a backlog of 20,000 routine ones and without
	@$(python) -m bench.acute

bench-retention: venv ## the hub while what has had its term is deleted beside it (four minutes)
	@$(python) -m bench.retention

profile: venv ## where a message's time goes in a routine worker
	@$(python) -m bench.profile

check: venv ## style, types, import rules, docs
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy --strict hub
	@$(python) scripts/check-wiring
	@.venv/bin/lint-imports
	@if [ -e scripts/check-docs ]; then $(python) scripts/check-docs; fi

docs: venv ## the pages that are generated from the code
	@$(python) scripts/make_docs.py

golden: venv ## the stored shapes and the exported schemas that a test holds, written anew
	@$(python) scripts/golden

lock: ## requirements/*.txt anew from requirements/*.in, at the newest versions
	@scripts/lock

venv:
	@scripts/bootstrap
