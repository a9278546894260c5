#!/usr/bin/env bash
# Starts a Spark cluster of the project's own on loopback, for tests, and prints its address.
#   scripts/spark.sh          install (Java if root may, PySpark), start a master and two workers, print spark://…
#   scripts/spark.sh stop     stop them
# Data stands in .cache/spark (or TRESSE_SPARK_DIR). Exit 1 with one sentence if it cannot be had.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=${TRESSE_SPARK_DIR:-$here/.cache/spark}
port=${TRESSE_SPARK_PORT:-57077}
address=spark://127.0.0.1:$port
workers=2
refuse() { echo "Spark cannot be started here: $1" >&2; exit 1; }
# A process of ours by its name, if it still runs.
running() { [ -f "$dir/$1.pid" ] && kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null; }
names() { echo master; for n in $(seq $workers); do echo "worker-$n"; done; }
java_version() { java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p'; }

if [ "${1:-start}" = stop ]; then
  for name in $(names); do
    if running "$name"; then kill "$(cat "$dir/$name.pid")" 2>/dev/null || true; fi
    rm -f "$dir/$name.pid"
  done
  exit 0
fi
version=$(java_version || true)
if [ "${version:-0}" -lt 17 ]; then
  [ "$(id -u)" = 0 ] || refuse "Java 17 or newer is not installed and only root may install it."
  echo "Installing Java from Debian" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq default-jre-headless >/dev/null; } >&2 \
    || refuse "Debian's package of Java could not be installed."
  [ "$(java_version)" -ge 17 ] || refuse "Debian's Java is older than 17."
fi
python=$here/.venv/bin/python
if ! "$python" -c "import pyspark" 2>/dev/null; then
  echo "Installing PySpark" >&2
  "$python" -m pip install -q --disable-pip-version-check "pyspark>=4.3,<5" >&2 || refuse "PySpark could not be installed."
fi
home=$("$python" -c "import os, pyspark; print(os.path.dirname(pyspark.__file__))")
mkdir -p "$dir/work"
start() {
  local name=$1
  shift
  running "$name" && return 0
  # In a session of its own, so that it outlives this script; without the address of this machine.
  SPARK_HOME=$home SPARK_LOCAL_IP=127.0.0.1 SPARK_DAEMON_MEMORY=256m SPARK_LOG_DIR=$dir \
    SPARK_MASTER_OPTS=-Dspark.master.rest.enabled=false PYSPARK_PYTHON=$python \
    setsid "$home/bin/spark-class" "$@" >"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}
started() { grep -c "Registering worker" "$dir/master.log" 2>/dev/null || true; }
if ! running master; then for name in $(names); do rm -f "$dir/$name.log"; done; fi
start master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port 0
for n in $(seq $workers); do
  start "worker-$n" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 \
    --cores 1 --memory 1g --work-dir "$dir/work" "$address"
done
for _ in $(seq 120); do
  [ "$(started)" -ge $workers ] && { echo "$address"; exit 0; }
  running master || refuse "see $dir/master.log."
  sleep 0.5
done
refuse "its workers did not come; see $dir/master.log."
