# Only bootstraps: everything else is a nox session, see `.venv/bin/nox --list`.
PYTHON ?= python3
VENV := .venv
LINK := collections/ansible_collections/central_logging/aws

.PHONY: help demo sandbox test lanes list
help:
	@echo "make demo      the playbook against an AWS on this machine, twice, and the proof; ARGS=... for ansible-playbook"
	@echo "make sandbox   that AWS alone, until Ctrl-C, for your own commands; ARGS=\"--accounts mine.yml\" for your own accounts"
	@echo "make test      every check, in ten minutes"
	@echo "make lanes     the same code on other versions of ansible-core, as CI does after make test"
	@echo "make list      every developer command"

demo sandbox test lanes: $(VENV)/installed $(LINK)
	@$(VENV)/bin/nox --no-color -s $@ -- $(ARGS)

list: $(VENV)/installed $(LINK)
	@$(VENV)/bin/nox --list

$(VENV)/installed: requirements/dev.txt sandbox/pyproject.toml
	@echo "Installing what is needed into $(VENV); this takes a minute or two, once"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e sandbox
	@touch $@

# Ansible finds a collection only under ansible_collections/<namespace>/<name>
$(LINK):
	@mkdir -p $(@D)
	@ln -sfn ../../.. $@
