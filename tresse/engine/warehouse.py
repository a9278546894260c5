"""Folders of immutable versions: written aside, synced, then published by one rename.

    root/<owner>/<number>/part-0.parquet …    a version, never changed again
    root/.aside/<owner>.<mark>/               being written; of no version

A version becomes the current one by a row of the operational database, written after `publish`.
A process killed before that row leaves a folder that no row knows: `strays` finds it. One
machine's rename is atomic, so a reader sees a version whole or not at all.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

_OWNER = re.compile(r"[a-z0-9_]{1,80}")
_ASIDE = ".aside"


class Warehouse:
    """The versions of many owners (a source, a dataset) below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def aside(self, owner: str) -> Path:
        """A new empty folder to write the next version of an owner in; of this run alone."""
        folder = self.root / _ASIDE / f"{_checked(owner)}.{secrets.token_hex(8)}"
        folder.mkdir(parents=True)
        return folder

    def folder(self, owner: str, number: int) -> Path:
        """Where a version stands, or would."""
        return self.root / _checked(owner) / str(int(number))

    def files(self, owner: str, number: int) -> list[Path]:
        """The Parquet files of a version, in the order of their names."""
        return sorted(self.folder(owner, number).glob("*.parquet"))

    def publish(self, aside: Path, owner: str, number: int) -> Path:
        """Make a folder written aside the version `number`: synced to disk, then renamed.

        A folder of that number that is there already was left by a run that ended before its row
        was written, as numbers are given by rows; it goes to the strays' place first.

        Returns:
            Where the version stands.
        """
        for each in sorted(aside.rglob("*")):
            _sync(each)
        _sync(aside)
        to = self.folder(owner, number)
        if not to.parent.is_dir():
            to.parent.mkdir(parents=True, exist_ok=True)
            _sync(self.root)
        if to.exists():
            self._put_away(to, owner)
        aside.rename(to)
        _sync(to.parent)
        return to

    def remove(self, owner: str, number: int) -> None:
        """Remove a version; nothing if it is not there. Readers that opened its files go on."""
        folder = self.folder(owner, number)
        if folder.exists():
            # Renamed first, so that a kill half-way leaves no half version under its number.
            shutil.rmtree(self._put_away(folder, owner))

    def remove_owner(self, owner: str) -> None:
        """Remove every version of an owner."""
        for number in self.numbers(owner):
            self.remove(owner, number)
        folder = self.root / _checked(owner)
        if folder.is_dir():
            folder.rmdir()

    def discard(self, aside: Path) -> None:
        """Remove a folder written aside that shall not be published; nothing if it is gone."""
        shutil.rmtree(aside, ignore_errors=True)

    def numbers(self, owner: str) -> list[int]:
        """The versions of an owner that stand in its folder, in order; with a row or without."""
        folder = self.root / _checked(owner)
        if not folder.is_dir():
            return []
        return sorted(int(each.name) for each in folder.iterdir() if each.name.isdecimal())

    def strays(self, known: Iterable[tuple[str, int]], running: Iterable[Path] = ()) -> list[Path]:
        """Folders that no version owns, sorted: what killed runs left.

        Args:
            known: Owner and number of every version that has a row.
            running: Folders aside of runs that go on.
        """
        kept = {self.folder(owner, number) for owner, number in known} | set(running)
        if not self.root.is_dir():
            return []
        found = [f for owner in self.root.iterdir() if owner.is_dir() for f in owner.iterdir()]
        return sorted(each for each in found if each not in kept)

    def _put_away(self, folder: Path, owner: str) -> Path:
        away = self.root / _ASIDE / f"{owner}.{secrets.token_hex(8)}"
        away.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(away)
        return away


def _checked(owner: str) -> str:
    if not _OWNER.fullmatch(owner):
        message = f"{owner!r} is no name of an owner of versions."
        raise ValueError(message)
    return owner


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
