"""Datasets, their builds and versions as programs get them: over REST, as JSON of commands."""

from typing import Any

from tresse.accounts.answers import said
from tresse.datasets.models import COUNTERS, DatasetBuild, DatasetVersion

MIB = 1 << 20


def answer(build: DatasetBuild) -> dict[str, Any]:
    """What `build` answers (D130); `version` is the published one, whoever made it."""
    number = build.number if build.state == "published" else None
    if number is None and build.dataset.version is not None:
        number = build.dataset.version.number
    facts = {
        "build": build.pk,
        "dataset": build.dataset.name,
        "version": number,
        **{name: getattr(build, name) for name in COUNTERS},
        "state": build.state,
        "seconds": build.seconds,
        "peak_mib": round(build.peak_bytes / MIB) if build.peak_bytes else None,
    }
    if build.code:
        facts |= {"code": build.code, "message": said(build.message, build.details)}
    return facts


def build_told(build: DatasetBuild, *, log: bool = False) -> dict[str, Any]:
    """A build with its counters; the log if asked for."""
    return {
        "id": build.pk,
        "dataset": build.dataset.name,
        "state": build.state,
        "full": build.is_full,
        "cause": build.cause,
        "cause_name": build.cause_name,
        "author": build.author.email if build.author else None,
        "version": build.number,
        "rules": build.rules.number if build.rules else None,
        "as_of": build.as_of,
        "engine": build.engine,
        **{name: getattr(build, name) for name in COUNTERS},
        "changed_records": build.changed_records,
        "health": build.health,
        "warnings": build.warnings,
        "seconds": build.seconds,
        "peak_mib": round(build.peak_bytes / MIB) if build.peak_bytes else None,
        "code": build.code,
        "message": said(build.message, build.details) if build.message else "",
        "job": build.job_id,
        "requested_at": build.requested_at,
        "started_at": build.started_at,
        "ended_at": build.ended_at,
        "log": build.log if log else None,
    }


def version_told(version: DatasetVersion, published: int | None) -> dict[str, Any]:
    """A version (D80)."""
    return {
        "version": version.number,
        "at": version.created_at,
        "records": version.rows,
        "source_rows": version.source_rows,
        "published": version.pk == published,
        "bytes": version.bytes,
        "build": version.build_id,
        "rules": version.rules.number if version.rules else None,
        "inputs": version.inputs,
        "as_of": version.as_of,
        "engine": version.engine,
        "columns": version.columns,
        "relations": version.relations,
        "health": version.health,
    }
