# Two commands matter: `make demo` and `make test`. Both set everything up first, in .venv.
#
#   PYTHON   the interpreter to use; default: python3, or the first of python3.13, 3.12, 3.11 that is good
#   ARGS     passed on: make test ARGS="-k drift"
#   WORKERS  processes that run the tests; default: 2

PYTHON ?=
ARGS ?=
WORKERS ?= 2

# Tests and the demo call ci-ml, dvc and gto by name.
RUN = PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python -m
PYTEST = $(RUN) pytest -n $(WORKERS)

.PHONY: help demo test prove lint types format schema docs clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

demo: .venv/.ready-demo ## the whole story on real data, offline, in under two minutes
	@$(RUN) ci_ml demo $(ARGS)
	@printf '\nci-ml itself is in .venv: . .venv/bin/activate\n'

test: .venv/.ready-dev ## every test, in under ten minutes on two cores
	@$(PYTEST) $(ARGS)

prove: .venv/.ready-dev ## the tests with full counts for simulations; writes docs/evidence.md
	@CI_ML_PROVE=1 $(PYTEST) --dist worksteal --evidence docs/evidence.md $(ARGS)

lint: .venv/.ready-dev ## formatting, lint, and the workflow files
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/bin/zizmor --offline --quiet .github

types: .venv/.ready-dev ## mypy, strict
	@$(RUN) mypy

format: .venv/.ready-dev ## mend what `make lint` says of formatting
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

schema: .venv/.ready-dev ## write the JSON schemas in schema/ anew
	@$(RUN) tools.write_schema

docs: .venv/.ready-dev ## write the parts of the documents that follow from the code
	@$(RUN) tools.write_docs

clean: ## remove everything that is not in git's care
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready-demo: pyproject.toml tools/setup
	@tools/setup demo "$(PYTHON)"

.venv/.ready-dev: pyproject.toml tools/setup
	@tools/setup dev "$(PYTHON)"
