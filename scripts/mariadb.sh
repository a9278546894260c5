#!/usr/bin/env bash
# Starts a MariaDB of the project's own on loopback, for tests, the demo and benchmarks, and prints its address.
#   scripts/mariadb.sh          install (if root may), start, print mysql://tresse:tresse@127.0.0.1:port/tresse
#   scripts/mariadb.sh stop     stop it
# Data stands in .cache/mariadb (or TRESSE_MARIADB_DIR). The server speaks TLS too, with the certificate server.pem there,
# signed by the authority ca.pem. Exit 1 with one sentence if it cannot be had.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=${TRESSE_MARIADB_DIR:-$here/.cache/mariadb}
port=${TRESSE_MARIADB_PORT:-54330}
refuse() { echo "MariaDB cannot be started here: $1" >&2; exit 1; }

if [ ! -x /usr/sbin/mariadbd ]; then
  [ "$(id -u)" = 0 ] || refuse "it is not installed and only root may install it."
  echo "Installing MariaDB from Debian" >&2
  # Installed, not started: the machine gets no server of its own, only the program.
  { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends mariadb-server >/dev/null; } >&2 \
    || refuse "Debian's package could not be installed."
fi
# The server refuses to run as root, so root hands it to Debian's own user.
if [ "$(id -u)" = 0 ]; then
  dir=${TRESSE_MARIADB_DIR:-/var/tmp/tresse-mariadb-$port}
  as() { setpriv --reuid=mysql --regid=mysql --clear-groups "$@"; }
  mkdir -p "$dir" && chown mysql:mysql "$dir"
else
  as() { "$@"; }
  mkdir -p "$dir"
fi
cd "$dir"
socket=$dir/socket
admin() { as mariadb --no-defaults --protocol=socket --socket="$socket" --user=root "$@"; }
if [ "${1:-start}" = stop ]; then
  as mariadb-admin --no-defaults --protocol=socket --socket="$socket" --user=root shutdown >&2 || true
  exit 0
fi
if [ ! -d "$dir/data/mysql" ]; then
  as mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
    --skip-test-db >"$dir/install.log" 2>&1 || refuse "mariadb-install-db failed, see $dir/install.log."
  name() { printf '[req]\ndistinguished_name=d\n[d]\n[v]\nbasicConstraints=critical,%s\n%s\n' "$1" "$2"; }
  name CA:TRUE 'keyUsage=critical,keyCertSign,cRLSign' >ca.conf
  name CA:FALSE 'subjectAltName=DNS:localhost,IP:127.0.0.1' >server.conf
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=Tresse-tests -keyout ca.key -out ca.pem \
      -config ca.conf -extensions v
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr -config server.conf
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out server.pem \
      -extfile server.conf -extensions v
    chmod 600 server.key ca.key
    [ "$(id -u)" != 0 ] || chown mysql: server.key server.pem ca.pem
  } >openssl.log 2>&1 || refuse "no certificate could be made, see $dir/openssl.log."
fi
if ! as mariadb-admin --no-defaults --protocol=socket --socket="$socket" --user=root ping >/dev/null 2>&1; then
  as setsid -f mariadbd --no-defaults --datadir="$dir/data" --socket="$socket" --pid-file="$dir/pid" \
    --bind-address=127.0.0.1 --port="$port" --log-error="$dir/server.log" --character-set-server=utf8mb4 \
    --innodb-buffer-pool-size=256M --innodb-log-file-size=256M --innodb-flush-log-at-trx-commit=2 \
    --max-connections=60 --skip-name-resolve --ssl-cert="$dir/server.pem" --ssl-key="$dir/server.key" \
    --ssl-ca="$dir/ca.pem" --local-infile=OFF </dev/null >/dev/null 2>&1
  for _ in $(seq 150); do
    as mariadb-admin --no-defaults --protocol=socket --socket="$socket" --user=root ping >/dev/null 2>&1 && break
    sleep 0.2
  done
fi
admin >&2 <<SQL || refuse "see $dir/server.log."
CREATE DATABASE IF NOT EXISTS tresse;
CREATE USER IF NOT EXISTS tresse@'127.0.0.1' IDENTIFIED BY 'tresse';
GRANT ALL ON *.* TO tresse@'127.0.0.1' WITH GRANT OPTION;
SQL
echo "mysql://tresse:tresse@127.0.0.1:$port/tresse"
