# Targets are one line each; what needs more lives in scripts/.
# Choose a Python with PYTHON=python3.12; hand options to a command with ARGS='--port 5000'.

.DEFAULT_GOAL := help
.PHONY: help serve join test lint format bench pictures faults examples soak fuzz clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

serve:  ## run the server; sets up .venv the first time
	@scripts/venv .venv && trap : INT && { .venv/bin/chatkit serve $(ARGS) || [ $$? -eq 130 ]; } # ^C is no error

join:  ## run a client
	@scripts/venv .venv && exec .venv/bin/chatkit join $(ARGS)

test:  ## check everything: style, types, layers and tests, on every Python found
	@scripts/test

lint:  ## check style, types and layers
	@scripts/venv .venv test lint && scripts/lint .venv

format:  ## rewrite the code in the project's style
	@scripts/venv .venv test lint && .venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .

bench:  ## measure the speed beside other servers; ARGS=--quick takes three minutes, ARGS=--full half an hour
	@scripts/venv .venv && .venv/bin/python -m benchmarks run $(ARGS)

faults:  ## kill, fill, damage and stop real servers at full size, some twenty minutes
	@scripts/venv .venv test && CHATKIT_FAULTS=whole .venv/bin/python -m pytest tests/faults

examples:  ## the tests by example, three times as many of them as make test tries
	@scripts/venv .venv test && CHATKIT_EXAMPLES=whole .venv/bin/python -m pytest -m hypothesis -n auto --dist worksteal

soak:  ## an hour of churn, in which memory, threads and descriptors have to stay flat; MINUTES=5 takes five
	@scripts/venv .venv test && .venv/bin/python scripts/soak $(MINUTES)

fuzz:  ## look ten minutes for bytes that break something
	@scripts/venv .venv test fuzz && .venv/bin/python -m fuzz all $(ARGS)

pictures:  ## make the pictures of the documentation from the real programs
	@scripts/venv .venv test lint && PATH="$(CURDIR)/.venv/bin:$$PATH" scripts/pictures

clean:  ## remove the virtual environments and all that the tools leave behind
	@scripts/clean
