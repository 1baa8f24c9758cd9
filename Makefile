# Agent Mesh. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(shell for candidate in python3.12 python3.11 python3.13 python3 python; do \
	$$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& command -v $$candidate && break; done)
BIN := .venv/bin
PIP_INSTALL = CFLAGS="$$CFLAGS $(NO_AMX)" CXXFLAGS="$$CXXFLAGS $(NO_AMX)" \
	$(BIN)/pip install --disable-pip-version-check --require-hashes
PROTOS := $(shell find proto -name '*.proto')
# llama.cpp's AMX kernels die of an illegal instruction on processors that have AMX
# (ggml-org/llama.cpp#26954): it is compiled without them, where the compiler knows what they are.
NO_AMX := $(shell flags="-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"; \
	$(CC) $$flags -x c -fsyntax-only - </dev/null 2>/dev/null && echo "$$flags")
PACKAGES := core shared agent_service llm_service tool_service chroma_service cli

.DEFAULT_GOAL := help

.PHONY: help
help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: .venv/installed proto models ## everything a fresh clone needs: .venv, dependencies, proto code, models

# venv takes no colon, the commands that pip writes no " $ ` or backslash, setuptools no braces.
.venv/installed: requirements.lock pyproject.toml
	@case "$$PWD" in *[\"\$$\`\\:{}]* | *$$'\n'*) \
		echo "make: Python's tools do not work in $$PWD: move the project to a folder whose path has none of" \
			'" $$ ` \ : { } and no line break'; exit 1;; esac
	@test -n "$(PYTHON)" || { echo "make: no CPython 3.11 to 3.13 with venv was found; set PYTHON=/path/to/python"; exit 1; }
	@echo "Installing the locked dependencies. llama.cpp is compiled the first time, which takes about"
	@echo "4 minutes on 2 cores; pip says now and then that it is still running."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP_INSTALL) -r requirements.lock \
		| { grep --line-buffered -v '^Requirement already\|^  Using cached' || test $$? = 1; }
	$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m llm_service.llama_check || { \
		echo "llama.cpp out of pip's cache does not run on this processor: it is compiled anew."; \
		$(BIN)/pip cache remove llama_cpp_python && \
		$(PIP_INSTALL) --force-reinstall --no-deps -r <(sed -n '/^llama-cpp-python==/,/[^\\]$$/p' requirements.lock) && \
		$(BIN)/python -m llm_service.llama_check; }
	@touch $@

.PHONY: proto
proto: shared/pb/generated ## generate the code of the protos

shared/pb/generated: $(PROTOS) .venv/installed
	$(BIN)/python -m grpc_tools.protoc -Ishared/pb=proto --python_out=. --pyi_out=. --grpc_python_out=. $(PROTOS)
	@touch $@

.PHONY: models
models: .venv/installed ## make the GGUFs of the embedding model and of the request encoder
	@$(BIN)/python -m shared.embedding.convert
	@$(BIN)/python -m llm_service.rewording.convert

.PHONY: lint
lint: setup ## ruff, mypy --strict, import-linter, compose schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yaml

.PHONY: test
test: setup ## every test
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

REAL_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/agent-mesh

.PHONY: test-real
test-real: setup ## every role with a real model, which is pulled once into REAL_CACHE (490 MB)
	@MESH_HOME="$(REAL_CACHE)" $(BIN)/mesh models pull qwen2.5-coder-0.5b
	MESH_REAL_MODEL="$(REAL_CACHE)/models/qwen2.5-coder-0.5b.gguf" $(BIN)/pytest -m real tests/real

.PHONY: router-eval
router-eval: setup ## the router on unseen utterances; fails under 97 %
	@$(BIN)/python -m agent_service.router.evaluate

.PHONY: up
up: setup ## start the four services as supervised processes
	@$(BIN)/mesh up

.PHONY: down
down: setup ## stop them; unfinished tasks go on at the next start
	@$(BIN)/mesh down

.PHONY: status
status: setup ## how they are
	@$(BIN)/mesh status

.PHONY: demo
demo: setup ## the main job: a question, a code task, kill -9 in the middle, resumed, finished
	@$(BIN)/python -m cli.demo

.PHONY: model-eval
model-eval: setup ## what the bundled model reaches, measured by running what it writes
	@$(BIN)/python -m benchmarks.model_evaluation

MODEL ?=
SUITE ?= all

.PHONY: eval
eval: setup ## what a model does through the mesh: MODEL=file.gguf [SUITE=code|tools|documents]
	@test -n "$(MODEL)" || { echo "make: name a GGUF: make eval MODEL=file.gguf"; exit 1; }
	@$(BIN)/python -m benchmarks.evaluation --suite $(SUITE) $(MODEL)

MINUTES ?= 100

.PHONY: model
model: setup ## train the bundled model and its finder from nothing: about two hours on two cores
	test -x .training/bin/python || $(PYTHON) -m venv .training
	.training/bin/pip install --disable-pip-version-check --quiet -r llm_service/training/requirements.txt
	.training/bin/python -m llm_service.training.train --minutes $(MINUTES) --output .training/model
	.training/bin/python -m llm_service.training.export .training/model llm_service/bundled/mesh-small.Q8_0.gguf
	.training/bin/python -m llm_service.training.finder.train
	$(BIN)/python -m llm_service.rewording.convert

.PHONY: bench
bench: setup ## hops and routing, beside what people would use instead
	@$(BIN)/python -m benchmarks

.PHONY: bench-llm
bench-llm: setup ## the LLM service beside llama-cpp-python's Llama behind a lock
	@$(BIN)/python -m benchmarks.llm

KILLS ?= 200

.PHONY: chaos
chaos: setup ## random kills under load: KILLS=200, SEED=… replays one
	@$(BIN)/python -m tests.chaos.campaign --kills $(KILLS) $(if $(SEED),--seed $(SEED))

.PHONY: soak
soak: setup ## 2,000 tasks through the real mesh: memory and open files must not grow
	@$(BIN)/python -m tests.chaos.soak

.PHONY: clean
clean: ## remove what was made (the virtual environment too)
	rm -rf .venv shared/pb build *.egg-info .pytest_cache .mypy_cache .ruff_cache .models
