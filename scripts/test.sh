#!/usr/bin/env bash
# All tests, two processes at a time for two cores: on SQLite, and beside it on PostgreSQL, on Spark and in the browser.
# What cannot run here is skipped, and the last lines say what and why. Arguments go to pytest.
set -u
cd "$(dirname "$0")/.."
skipped=""
status=0
say() { printf '\n== %s\n' "$1"; }
# Tests that need no browser, or only those that do, on the database given; 5 says that none was chosen.
run() {
  local code=0 database=$1
  shift
  if [ -n "$database" ]; then set -- env -u TRESSE_HOME TRESSE_DATABASE_URL="$database" .venv/bin/pytest -q -p no:cacheprovider "$@"
  else set -- env -u TRESSE_DATABASE_URL -u TRESSE_HOME .venv/bin/pytest -q -p no:cacheprovider "$@"; fi
  "$@" || code=$?
  [ $code = 5 ] && code=0
  return $code
}
mkdir -p .cache
# On PostgreSQL only what uses a database: the rest has run beside it.
on_sqlite() { run "" -m "not browser and not spark" ${arguments[@]+"${arguments[@]}"}; }
on_spark() { TRESSE_TEST_SPARK=$spark run "" -m spark ${arguments[@]+"${arguments[@]}"}; }
on_postgresql() { [ -z "$url" ] || run "$url" -m "not browser and database" ${arguments[@]+"${arguments[@]}"}; }
arguments=("$@")
in_browser() { [ -z "$chromium" ] || run "" -m browser ${arguments[@]+"${arguments[@]}"}; }

# Engines of the warehouse do not depend on the database: once is enough.
spark=$(scripts/spark.sh) || skipped="$skipped\n  tests on Spark: no cluster could be started."
# Tests start servers of their own; this installs what they need.
if scripts/sftp.sh > /dev/null; then scripts/sftp.sh stop
else skipped="$skipped\n  tests of SFTP: no server could be started."; fi
scripts/mariadb.sh > /dev/null || skipped="$skipped\n  tests of MariaDB and MySQL: no server could be started."
scripts/vsftpd.sh > /dev/null || skipped="$skipped\n  tests of FTP against vsftpd: it is not installed."
url=$(scripts/postgres.sh) || skipped="$skipped\n  tests on PostgreSQL: no server could be started."
chromium=$(scripts/chromium.sh) || skipped="$skipped\n  browser tests: Chromium is not installed and could not be."
export CHROMIUM=$chromium

# One core each. What the second prints is shown when both have ended.
second() {
  local code=0
  say "Tests on PostgreSQL"; on_postgresql || code=$?
  say "Tests on Spark"; on_spark || code=$?
  say "Tests in the browser"; in_browser || code=$?
  return $code
}
second > .cache/tests-beside.log 2>&1 &
beside=$!
say "Tests on SQLite"; on_sqlite || status=$?
wait $beside || status=$?
cat .cache/tests-beside.log
if [ -n "$skipped" ]; then say "Not run here:"; printf "${skipped#\\n}\n"; else say "Nothing was left out."; fi
exit $status
