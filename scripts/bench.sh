#!/usr/bin/env bash
# The benchmarks of bench/ on SQLite and on PostgreSQL, each in a fresh database. Arguments: names; none: all.
set -eu
cd "$(dirname "$0")/.."
for database in sqlite postgresql; do
  if [ $database = sqlite ]; then unset TRESSE_DATABASE_URL
  else TRESSE_DATABASE_URL=$(scripts/postgres.sh) || exit 0; export TRESSE_DATABASE_URL; fi
  echo "== $database"
  for name in "${@:-}"; do .venv/bin/tresse bench $name; done
done
