"""Static files in production: gathered once per version, hashed names cached for ever."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

HASHED_NAME = r"/dist/(?:chunks|fonts)/[^/]+-[0-9A-Z]{8}\.\w+$|\.[0-9a-f]{12}\.\w+$"
"""Addresses whose content never changes: the bundler's hashes and those of the manifest."""

DIST = Path(__file__).parent / "static" / "tresse" / "dist"


def _version() -> str:
    """Hash over what the package's own static folder holds."""
    total = hashlib.sha256()
    for path in sorted(path for path in DIST.rglob("*") if path.is_file()):
        total.update(path.relative_to(DIST).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def collect() -> bool:
    """Gather the static files into `STATIC_ROOT` unless they are those of this version.

    `tresse init` and `tresse serve` call it before the first request. Says whether it gathered.
    """
    marker = Path(settings.STATIC_ROOT) / ".version"
    version = _version()
    if marker.is_file() and marker.read_text() == version:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    marker.write_text(version)
    return True
