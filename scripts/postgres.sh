#!/usr/bin/env bash
# Starts a PostgreSQL of the project's own on loopback, for tests and benchmarks, and prints its address.
#   scripts/postgres.sh          install (if root may), start, print postgresql://…
#   scripts/postgres.sh stop     stop it
# Data stands in .cache/postgres (or TRESSE_POSTGRES_DIR). Exit 1 with one sentence if it cannot be had.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=${TRESSE_POSTGRES_DIR:-$here/.cache/postgres}
port=${TRESSE_POSTGRES_PORT:-54329}
refuse() { echo "PostgreSQL cannot be started here: $1" >&2; exit 1; }
newest() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

bin=$(newest)
if [ -z "$bin" ]; then
  [ "$(id -u)" = 0 ] || refuse "it is not installed and only root may install it."
  echo "Installing PostgreSQL from Debian" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; } >&2 \
    || refuse "Debian's package could not be installed."
  bin=$(newest)
fi
# The server refuses to run as root, so root hands it to Debian's own user.
if [ "$(id -u)" = 0 ]; then
  dir=${TRESSE_POSTGRES_DIR:-/var/tmp/tresse-postgres-$port}
  as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
  mkdir -p "$dir" && chown postgres:postgres "$dir"
else
  as() { "$@"; }
  mkdir -p "$dir"
fi
cd "$dir"
if [ "${1:-start}" = stop ]; then
  as "$bin/pg_ctl" -D "$dir/data" -m fast stop >&2 || true
  exit 0
fi
if [ ! -f "$dir/data/PG_VERSION" ]; then
  as "$bin/initdb" -D "$dir/data" -U tresse -A trust -E UTF8 --locale=C.UTF-8 >/dev/null 2>"$dir/initdb.log" \
    || refuse "initdb failed, see $dir/initdb.log."
  cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
shared_buffers = '1GB'
work_mem = '64MB'
maintenance_work_mem = '256MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
max_connections = 60
CONF
  chown postgres: "$dir/data/postgresql.conf" 2>/dev/null || true
fi
if ! as "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
  as "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 30 start >/dev/null 2>&1 || refuse "see $dir/server.log."
fi
as "$bin/psql" -h 127.0.0.1 -p "$port" -U tresse -d postgres -Atqc \
  "select 1 from pg_database where datname = 'tresse'" | grep -q 1 \
  || as "$bin/createdb" -h 127.0.0.1 -p "$port" -U tresse tresse >&2
echo "postgresql://tresse@127.0.0.1:$port/tresse"
