# One word for every common task; `make` alone lists them. A line with two hashes after a target is its help.
.DEFAULT_GOAL := help
.PHONY: help install check types lint format dead test smoke plan run report figures ls bench notebook quickstart cuda clean

# Which experiment, and what else the command is told: `make run EXPERIMENT=devign-mini ARGS="--device webgpu"`.
EXPERIMENT ?=
ARGS ?=
# Processes of the quick start, each with its share of the cores: small models gain nothing from two threads.
JOBS ?= $(shell node -p "require('node:os').availableParallelism()")
# More for the test runner: `make test VITEST="src/core -t rng"`.
VITEST ?=

INSTALLED := node_modules/.package-lock.json
NOTEBOOK := notebooks/node_modules/.package-lock.json
# What `npx elibadcode` runs, half a second sooner.
ELIBADCODE := node src/cli/bin.mjs

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## install the exact versions of package-lock.json (npm is all it needs to reach)

# npm writes this file last; it is older than the lock file exactly when an installation is due.
$(INSTALLED): package-lock.json
	@command -v node >/dev/null || { echo 'elibadcode needs Node.js 20.19 or newer and npm: https://nodejs.org' >&2; exit 1; }
	@node -e 'const [major, minor] = process.versions.node.split(".").map(Number); if (major < 20 || (major === 20 && minor < 19)) { console.error("elibadcode needs Node.js 20.19 or newer; this is " + process.version); process.exit(1); }'
	npm ci --no-audit --no-fund
	@touch $@

check: types lint format dead ## types, lint, format, dead code

types: install
	npm run --silent build

lint: install
	npm run --silent lint

format: install
	npm run --silent format:check

dead: install
	npm run --silent dead

test: install ## all tests
	npx --no-install vitest run $(VITEST)

smoke: install ## every stage once, tiny, on the CPU, in a folder of its own
	@results=$$(mktemp -d) && trap 'rm -rf "$$results"' EXIT && \
	$(ELIBADCODE) run smoke --results "$$results" && \
	$(ELIBADCODE) report smoke --results "$$results"

quickstart: install ## the first table: installs, runs the quickstart experiment, prints the table and the figures' paths
	$(ELIBADCODE) run quickstart --jobs $(JOBS) $(ARGS)
	$(ELIBADCODE) report quickstart $(ARGS)

plan: install ## every run of EXPERIMENT (quickstart) and its state; computes nothing
	$(ELIBADCODE) plan $(or $(EXPERIMENT),quickstart) $(ARGS)

run: install ## compute what EXPERIMENT (quickstart) still lacks
	$(ELIBADCODE) run $(or $(EXPERIMENT),quickstart) $(ARGS)

report: install ## tables and figures of EXPERIMENT, or of everything stored: also from results/measurements.csv on a fresh clone
	$(ELIBADCODE) report $(EXPERIMENT) $(ARGS)

figures: report ## the same as report: a figure and its table come from the same measurements

ls: install ## corpora, attacks, models, defences, metrics, experiments
	$(ELIBADCODE) ls

bench: install ## our programs against PyTorch's, in turn (needs a python3 with PyTorch): make bench ARGS="--device webgpu"
	npx --no-install tsx bench/bench.ts $(ARGS)

notebook: install $(NOTEBOOK) ## execute notebooks/results.ipynb into notebooks/out (needs jupyter-nbconvert and jupyter-client)
	node notebooks/execute.mjs

# A package of its own: tslab's fork of TypeScript would take over the compiler's command.
$(NOTEBOOK): notebooks/package-lock.json
	npm ci --prefix notebooks --no-audit --no-fund
	@touch $@

cuda: install ## fetch ONNX Runtime's CUDA libraries from nuget.org (x64 Linux with CUDA 12)
	@node -e 'if (process.platform !== "linux" || process.arch !== "x64") { console.error("CUDA libraries exist for x64 Linux only; this is " + process.platform + "/" + process.arch); process.exit(1); }'
	ONNXRUNTIME_NODE_INSTALL=true npm rebuild onnxruntime-node --ignore-scripts=false
	@ls node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so

clean: ## remove cached stages (trained models too), the store, and tools' output; run records stay
	rm -rf results/cache results/locks results/store.duckdb results/store.duckdb.wal notebooks/out coverage
