#!/usr/bin/env bash
# Starts an OpenSSH server on loopback that does SFTP alone, for tests and the demo, and prints its address.
#   scripts/sftp.sh          install (if root may), start, print sftp://user@127.0.0.1:port/files
#   scripts/sftp.sh stop     stop it
# In TRESSE_SFTP_DIR: `password`, the private key `id`, the host keys `host_*` and `home/files`, what is served. Run by
# root, a user of its own signs in, by password or key; run by anybody else, that person, by key.
# Exit 1 with one sentence if it cannot be had.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
port=${TRESSE_SFTP_PORT:-54322}
refuse() { echo "An SFTP server cannot be started here: $1" >&2; exit 1; }
is_root=false
if [ "$(id -u)" = 0 ]; then is_root=true; fi
# The user who signs in has to reach its files, which root's folders may not allow.
if $is_root; then dir=${TRESSE_SFTP_DIR:-/var/tmp/tresse-sftp-$port}; else dir=${TRESSE_SFTP_DIR:-$here/.cache/sftp-$port}; fi
if [ "${1:-start}" = stop ]; then
  if [ -f "$dir/pid" ]; then kill "$(cat "$dir/pid")" 2>/dev/null || true; fi
  exit 0
fi

sshd=/usr/sbin/sshd
if [ ! -x $sshd ]; then
  $is_root || refuse "sshd is not installed and only root may install it."
  echo "Installing OpenSSH from Debian" >&2
  # Installed, not started: the machine gets no open door, only the program.
  { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends openssh-server openssh-sftp-server >/dev/null; } >&2 \
    || refuse "Debian's package could not be installed."
fi
mkdir -p "$dir/home/files"
if $is_root; then
  user=tresse-sftp
  mkdir -p /run/sshd
  # One password for all servers of this machine, as they share the user.
  (
    flock 9
    id $user >/dev/null 2>&1 \
      || useradd --system --no-create-home --home-dir /var/tmp --shell /usr/sbin/nologin $user
    if [ ! -s /var/tmp/tresse-sftp.password ]; then
      (umask 077; head -c 18 /dev/urandom | base64 >/var/tmp/tresse-sftp.password)
    fi
    printf '%s:%s\n' $user "$(cat /var/tmp/tresse-sftp.password)" | chpasswd
  ) 9>/var/tmp/tresse-sftp.lock || refuse "its user could not be made."
  cp /var/tmp/tresse-sftp.password "$dir/password"
  chmod 755 "$dir" "$dir/home"
  chown $user "$dir/home/files"
else
  user=$(id -un)
fi
for sort in ed25519 ecdsa rsa; do
  bits=""
  if [ $sort = rsa ]; then bits="-b 2048"; fi
  [ -f "$dir/host_$sort" ] || ssh-keygen -q -t $sort $bits -N '' -C '' -f "$dir/host_$sort"
done
[ -f "$dir/id" ] || ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/id"
cp "$dir/id.pub" "$dir/authorized_keys"
chmod 644 "$dir/authorized_keys"
cat >"$dir/config" <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $dir/host_ed25519
HostKey $dir/host_ecdsa
HostKey $dir/host_rsa
PidFile $dir/pid
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication $($is_root && echo yes || echo no)
KbdInteractiveAuthentication no
AuthorizedKeysFile $dir/authorized_keys
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d $dir/home
AllowUsers $user
AllowTcpForwarding no
PermitTunnel no
X11Forwarding no
MaxStartups 20
UseDNS no
CONF
if ! { [ -f "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null; }; then
  $sshd -f "$dir/config" -E "$dir/log" || refuse "see $dir/log."
  for _ in $(seq 50); do [ -s "$dir/pid" ] && break; sleep 0.1; done
  [ -s "$dir/pid" ] || refuse "see $dir/log."
fi
echo "sftp://$user@127.0.0.1:$port/files"
