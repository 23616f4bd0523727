# Phoenix: everything starts here. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup tools demo test test-live check style types bench pin clean

PYTHON ?= python3
export PYTHON
RUN := .venv/.ready
DEV := .venv/.ready-dev
BIN := .venv/bin
# What restored guests are started with: always tried in CI, elsewhere where it is installed.
CONTAINERS := $(if $(filter true,$(CI)),lxc-start busybox zstd lzop)
# Debian's sshd is started where it is installed: never put on a person's machine by a test.
SERVERS := $(if $(filter true,$(CI)),ssh sshd)

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 19

setup: $(RUN) ## make .venv with Phoenix in it
	@:

tools: ## install restic, bubblewrap, age and sqlite3 by apt where missing (PHOENIX_NO_APT=1: only say what)
	@tools/system-packages venv restic bwrap age sqlite3

demo: tools $(RUN) ## set up, then back up, audit and restore a small estate for real
	@$(BIN)/phoenix demo

test: tools $(DEV) ## set up, then run every check and every test but the long ones (needs borg, LXC, QEMU too)
	@tools/system-packages borg qemu-system-x86_64 rclone zbarimg $(CONTAINERS) $(SERVERS)
	@tools/test-programs
	@worst=0; \
	$(MAKE) --no-print-directory --keep-going check || worst=$$?; \
	$(BIN)/pytest -m "not live" -n 2 || worst=$$?; \
	exit $$worst

test-live: tools $(DEV) ## the tests that take over a minute or 500 MB (needs borg and QEMU too)
	@tools/system-packages borg qemu-system-x86_64
	@tools/test-programs
	@tools/handoff-programs
	$(BIN)/pytest -m live -n 2

check: style types ## style and types

style: $(DEV)
	$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

bench: tools $(DEV) ## measure against bare restic and write bench/results
	$(BIN)/python -m bench

pin: ## renew requirements/*.txt
	@tools/pin

clean: ## remove .venv, caches and build output
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

$(RUN): requirements/runtime.txt requirements/build.txt pyproject.toml tools/setup
	@tools/setup run
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	@tools/setup dev
	@touch $@
