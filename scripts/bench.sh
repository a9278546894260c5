#!/usr/bin/env bash
# The benchmarks of bench/ on SQLite and on PostgreSQL, each in a fresh database. Arguments: names; none: all.
set -eu
cd "$(dirname "$0")/.."
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
echo "== SQLite"
env -u TRESSE_DATABASE_URL TRESSE_HOME="$home" .venv/bin/tresse bench "$@"
if url=$(scripts/postgres.sh); then
  echo "== PostgreSQL"
  TRESSE_DATABASE_URL="$url" TRESSE_HOME="$home" .venv/bin/tresse bench "$@"
fi
