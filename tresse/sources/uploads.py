"""Files that people send along, as files of this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile


@contextmanager
def received(file: "UploadedFile[Any] | None") -> Iterator[Path | None]:
    """Within the block, where a file that was sent lies; None if none was."""
    if file is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent"
        with path.open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)
        yield path
