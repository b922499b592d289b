# Thin: every target calls a script or a program that is also usable alone.
CACHE := $(or $(KLARTEXT_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/klartext)
export CARGO_TARGET_DIR ?= $(CACHE)/target
BIN := $(CARGO_TARGET_DIR)/release
DATA ?= data

.PHONY: run test setup page build lint
.DEFAULT_GOAL := build

setup:
	python3 scripts/setup.py

# The workbench's page, which is built into the binary.
page:
	python3 scripts/web.py build

build: setup page
	cargo build --release --workspace

run: build
	$(BIN)/klartext models fetch
	$(BIN)/klartext serve --data $(DATA) --samples

# Clippy runs inside every build (see scripts/setup.py), with warnings denied in Cargo.toml.
lint: setup page
	cargo fmt --all --check
	cargo build --release --workspace --all-targets

test: lint
	$(BIN)/klartext models fetch
	cargo test --release --workspace
	python3 scripts/web.py test $(BIN)/klartext
