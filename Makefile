# Targets for people and for CI. On Windows see README.md for the plain commands.
PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
SETRANGE := $(BIN)/setrange
PIP := $(BIN)/python -m pip --disable-pip-version-check
RANGES := tests/data/nvidia-resnet50
# Benchmarks load ONNX Runtime themselves, which reports to its makers without this.
export ORT_DISABLE_TELEMETRY ?= 1

# Hundreds of processes load the same modules: the first one compiles them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check format lint types tests web-tools pictures golden-report builder-report proven-ops \
	parser-versions fuzz bench clean

help:
	@echo "make demo           ranges + model -> calibration caches and an engine, on a model made here"
	@echo "make test           everything CI runs: format, lint, types, tests"
	@echo "make golden-report  predicted layer lists against the real parser's"
	@echo "make builder-report every Q/DQ model through NVIDIA's parser and builder"
	@echo "make fuzz           hostile and random inputs"
	@echo "make bench          time and memory against plain onnx.load"
	@echo "make format         format the code"

$(VENV)/run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -qq --editable ".[rtx]" || $(PIP) install -qq --editable .
	@touch $@

# More than what `run` has, so that is there as well.
DEV := dev,ort,formats,edit,rtx

$(VENV)/dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -qq --editable ".[$(DEV),browser]" || { $(PIP) install -qq --editable ".[$(DEV)]" && \
	echo "note: without playwright, the page is not tested in a browser"; }
	@touch $(VENV)/run $@

# What checks the page's modules: optional, so nothing fails where there is no npm.
WEB := setrange/page/web
WEB_TOOLS := $(abspath $(VENV))/web-tools

web-tools: $(WEB_TOOLS)/package-lock.json

$(WEB_TOOLS)/package-lock.json: $(WEB)/package-lock.json
	@mkdir -p $(WEB_TOOLS)
	@if ! command -v npm > /dev/null; then echo "note: without npm, the page's modules are not checked"; \
	elif cp $(WEB)/package.json $(WEB_TOOLS)/ && \
	cp $(WEB)/package-lock.json $(WEB_TOOLS)/ && \
	(cd $(WEB_TOOLS) && npm ci --silent --no-audit --no-fund --fetch-timeout=20000 --fetch-retries=1); then :; \
	else rm -f $@; echo "note: npm could not install what checks the page's modules"; fi

# The demo's last command, where pip has TensorRT for RTX: 64-bit Linux and Windows on x86.
define ENGINE
cd demo && $(SETRANGE) apply nvidia_ranges.txt resnet50.onnx -o resnet50.engine
endef

# The README's first command.
demo: $(VENV)/run
	@mkdir -p demo
	@cp $(RANGES)/ranges-trt5.1.txt demo/nvidia_ranges.txt
	$(BIN)/python examples/make_resnet50.py demo/resnet50.onnx
	cd demo && $(SETRANGE) resolve "(Unnamed Layer* 177) [Shuffle]_output" resnet50.onnx --trt 8.6
	cd demo && $(SETRANGE) template resnet50.onnx --trt 8.6 -o template.json
	cd demo && $(SETRANGE) apply nvidia_ranges.txt resnet50.onnx --trt 8.6 -o resnet50.cache
	cd demo && $(SETRANGE) report nvidia_ranges.txt resnet50.onnx --trt 8.6 -o resnet50.html
	cd demo && $(SETRANGE) apply nvidia_ranges.txt resnet50.onnx --trt 10.3 -o resnet50-10.3.cache
	cd demo && $(SETRANGE) apply nvidia_ranges.txt resnet50.onnx --trt 7.2 -o resnet50-7.2.cache
	@if $(BIN)/python -c "import tensorrt_rtx" 2> /dev/null; then echo "$(ENGINE)"; $(ENGINE); \
	else echo "no engine is built:" && $(BIN)/python -c \
	"from setrange.machine.rtx_bindings import why_no_rtx; print(why_no_rtx())"; fi
	@echo "the folder demo/ holds all that was made; 'setrange explain index' lists the documentation"

# The README's test command, and what CI runs.
test check: lint
	@$(MAKE) --no-print-directory -j 2 types tests

lint: $(VENV)/dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: $(VENV)/dev
	$(BIN)/mypy

# A process for each processor; each keeps to folders, whose fixtures it makes once.
WORKERS := --numprocesses logical --maxprocesses 4 --dist worksteal

tests: $(VENV)/dev web-tools
	$(BIN)/python -m pytest -q -rfEs $(WORKERS)

format: $(VENV)/dev web-tools
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	@tool=$(WEB_TOOLS)/node_modules/.bin/biome; [ ! -x $$tool ] || (cd $(WEB) && $$tool check --write .)

golden-report: $(VENV)/dev
	$(BIN)/python -m tests.golden.report

# No GPU: TensorRT for RTX builds without one. Some minutes, in two processes.
builder-report: $(VENV)/dev
	$(BIN)/python -m tests.builder.report

# After a change to the importer: what the golden lists prove, and the page that says so.
proven-ops: $(VENV)/dev
	$(BIN)/python -m tests.golden.proven

parser-versions: $(VENV)/dev
	$(BIN)/python -m tests.golden.docs

# The pictures of the documents, of the page that the demo writes.
pictures: $(VENV)/dev demo
	$(BIN)/python -m tests.browser.pictures

fuzz: $(VENV)/dev
	$(BIN)/python -m tests.fuzz
	SETRANGE_GRAPHS=2000 $(BIN)/python -m pytest -q tests/importer/test_against_rtx.py

bench: $(VENV)/dev
	$(BIN)/python benchmarks/bench_main.py

clean:
	rm -rf $(VENV) demo build dist
