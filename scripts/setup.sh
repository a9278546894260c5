#!/usr/bin/env bash
# Makes .venv with the pinned packages and the `tresse` command, and builds scripts, styles and catalogues.
# Does only what changed since the last time.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "Tresse needs Python 3.11 or newer; $("$python" --version) is here. Set PYTHON to another one." >&2; exit 1; }
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "Python's venv is missing: install Debian's python3-venv." >&2; exit 1; }
  echo "Installing python3-venv from Debian"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
fi
[ -x .venv/bin/python ] || { echo "Making .venv"; "$python" -m venv .venv; }
wanted=$(cat requirements.txt pyproject.toml hatch_build.py | cksum)
if [ "$(cat .venv/installed 2>/dev/null)" != "$wanted" ]; then
  echo "Installing the pinned packages and Tresse itself into .venv, building its scripts and styles"
  .venv/bin/pip install -q --disable-pip-version-check -r requirements.txt
  .venv/bin/pip install -q --disable-pip-version-check --no-deps -e .
  echo "$wanted" > .venv/installed
fi
.venv/bin/python -m scripts.bundle
.venv/bin/python -m scripts.messages compile
