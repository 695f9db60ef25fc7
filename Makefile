# Installs the requirements. Every other command is a nox session, see `.venv/bin/nox --list`.
PYTHON ?= python3
VENV := .venv
LINK := collections/ansible_collections/central_logging/aws

.PHONY: help demo sandbox test lanes list
help:
	@echo "make demo      run the playbook on the sandbox, an AWS on this machine, twice, with verification; ARGS=... are options of ansible-playbook"
	@echo "make sandbox   run the sandbox until Ctrl-C, for your own commands; ARGS=\"--accounts mine.yml\" for your own accounts"
	@echo "make test      run every check, in about 13 minutes on 2 cores"
	@echo "make lanes     run the checks on other versions of ansible-core, as CI does after make test"
	@echo "make list      list every developer command"

demo sandbox test lanes: $(VENV)/installed $(LINK)
	@$(VENV)/bin/nox --no-color -s $@ -- $(ARGS)

list: $(VENV)/installed $(LINK)
	@$(VENV)/bin/nox --list

$(VENV)/installed: requirements/dev.txt sandbox/pyproject.toml
	@echo "Installing the requirements into $(VENV), which takes one or two minutes, once"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@test ! -L $(VENV) || { echo "$(VENV) is a link: --clear would empty the environment of another checkout"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e sandbox
	@touch $@

# Ansible finds a collection only under ansible_collections/<namespace>/<name>
$(LINK):
	@mkdir -p $(@D)
	@ln -sfn ../../.. $@
