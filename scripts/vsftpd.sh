#!/usr/bin/env bash
# Installs vsftpd for tests, if root may, and prints where it is: an FTP server that knows no MLSD and wants TLS
# sessions to be gone on with, as many do. Tests start it themselves, on loopback. Exit 1 with one sentence otherwise.
set -eu
vsftpd=/usr/sbin/vsftpd
if [ ! -x $vsftpd ]; then
  [ "$(id -u)" = 0 ] || { echo "vsftpd is not installed and only root may install it." >&2; exit 1; }
  echo "Installing vsftpd from Debian" >&2
  # Installed, not started: the machine gets no open door, only the program.
  { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends vsftpd >/dev/null; } >&2 \
    || { echo "Debian's package vsftpd could not be installed." >&2; exit 1; }
fi
echo $vsftpd
