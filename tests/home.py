"""Loaded before everything else (`-p tests.home`), since Django reads its settings so early."""

import os
import tempfile
from pathlib import Path

# A home of this run's own.
os.environ.setdefault("TRESSE_HOME", tempfile.mkdtemp(prefix="tresse-test-"))
# Whitenoise warns when the folder it serves from is missing, and here a warning is an error.
Path(os.environ["TRESSE_HOME"], "static").mkdir(parents=True, exist_ok=True)
