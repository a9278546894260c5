#!/usr/bin/env bash
# All tests: on SQLite with the browser, and beside it on PostgreSQL. What cannot run here is skipped, and the last
# lines say what and why. Arguments go to pytest.
set -u
cd "$(dirname "$0")/.."
skipped=""
say() { printf '\n== %s\n' "$1"; }

if chromium=$(scripts/chromium.sh); then export CHROMIUM=$chromium; else
  skipped="$skipped\n  browser tests: Chromium is not installed and could not be."
fi
mkdir -p .cache
postgres=""
if url=$(scripts/postgres.sh); then
  # Two processes for two cores; its own lines are shown when both have ended.
  env -u TRESSE_HOME TRESSE_DATABASE_URL="$url" .venv/bin/pytest -q -p no:cacheprovider -m "not browser" "$@" \
    > .cache/tests-on-postgresql.log 2>&1 &
  postgres=$!
else
  skipped="$skipped\n  tests on PostgreSQL: no server could be started."
fi
status=0
say "Tests on SQLite, browser included"
env -u TRESSE_DATABASE_URL -u TRESSE_HOME .venv/bin/pytest -q "$@" || status=$?
if [ -n "$postgres" ]; then
  wait "$postgres" || status=$?
  say "Tests on PostgreSQL"
  cat .cache/tests-on-postgresql.log
fi
if [ -n "$skipped" ]; then say "Not run here:"; printf "${skipped#\\n}\n"; else say "Nothing was left out."; fi
exit $status
