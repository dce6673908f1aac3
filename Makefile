# Holdfast: every task of a developer and of CI. `make` alone prints this list.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TESTFLAGS ?=
# The race detector needs a C compiler; without one the tests still run.
RACE := $(if $(shell command -v gcc || command -v clang),-race)

# -buildvcs=false: the version comes from git describe, also where git distrusts the folder's owner.
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)"

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Sync a sample forge of some thousand projects and count the rows: API, worker and PostgreSQL included
	@scripts/demo.sh

.PHONY: demo-crash
demo-crash: build ## Kill the worker in mid-sync and see another take over, with no row missing or doubled
	@scripts/demo-crash.sh

.PHONY: build
build: ## Build the static binaries into bin/
	@$(GO_BUILD) -o bin/holdfast-api ./cmd/api
	@$(GO_BUILD) -o bin/holdfast-worker ./cmd/worker
	@$(GO_BUILD) -o bin/holdfast ./cmd/holdfast
	@$(GO_BUILD) -o bin/sampleforge ./cmd/sampleforge

.PHONY: test
test: build ## Run every test on a private PostgreSQL (installed and started as needed) or on DATABASE_URL
	@scripts/test.sh $(TESTFLAGS) ./...

.PHONY: bench
bench: build ## Measure Holdfast beside COPY, pgbench and River alone, as a table of ratios; ROWS=… sizes it
	@$(GO_BUILD) -o bin/holdfast-bench ./bench
	@scripts/bench.sh

.PHONY: chaos
chaos: build-chaos ## Let everything go wrong, then prove that nothing was lost; CHAOS=30m sets how long, SEED=… repeats a run, WITHOUT=fill_disk leaves a fault out
	@scripts/chaos.sh

.PHONY: chaos-recovery
chaos-recovery: build-chaos ## Measure the throughput before and after each fault, half a minute each; ONLY=kill_worker,… chooses some
	@scripts/chaos.sh -recovery $(if $(ONLY),-only $(ONLY))

.PHONY: build-chaos
build-chaos: build
	@$(GO_BUILD) -tags failpoint -o bin/holdfast-worker-failpoint ./cmd/worker
	@$(GO_BUILD) -o bin/holdfast-chaos ./chaos

.PHONY: fuzz
fuzz: ## Fuzz every parser of outside input, FUZZ=10s each, and keep what reaches further as ordinary test cases
	@scripts/fuzz.sh

.PHONY: check
check: lint ## The gate before a commit: every linter, drift of generated code, and the tests with the race detector
	@$(MAKE) --no-print-directory test TESTFLAGS="$(RACE) $(TESTFLAGS)"

.PHONY: lint
lint: ## Check form, types, generated code, modules and shell scripts, without running tests
	@scripts/lint.sh

.PHONY: generate
generate: ## Write the generated code anew from the SQL and the OpenAPI description
	@scripts/generate.sh

.PHONY: tools
tools: ## Install the pinned development tools into .tools/
	@scripts/tools.sh

.PHONY: up
up: ## Start everything in Docker containers, with a sample forge until you configure sources of your own
	@scripts/compose.sh up

.PHONY: down
down: ## Stop the containers; the data stays
	@scripts/compose.sh down

.PHONY: test-compose
test-compose: ## Run the Docker deployment through a sync, a killed worker and a restarted database
	@scripts/compose-test.sh

.PHONY: test-real
test-real: ## Run the tests that list a real Redmine, installed from Debian's packages and started as needed
	@scripts/test-real.sh $(TESTFLAGS)

.PHONY: clean
clean: ## Stop the private PostgreSQL and Redmine, and remove them with everything that was built
	@scripts/redmine.sh destroy
	@scripts/postgres.sh destroy
	@rm -rf bin .holdfast
