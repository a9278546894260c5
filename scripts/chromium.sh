#!/usr/bin/env bash
# Finds Chromium for the browser tests, installs Debian's package where root may, and prints its path.
# Exit 1 with one sentence if it cannot be had.
set -eu
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then command -v "$name"; exit 0; fi
done
if [ "$(id -u)" != 0 ]; then
  echo "Chromium cannot be had here: it is not installed and only root may install it." >&2
  exit 1
fi
echo "Installing Chromium from Debian" >&2
if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } >&2; then
  command -v chromium
else
  echo "Chromium cannot be had here: Debian's package could not be installed." >&2
  exit 1
fi
