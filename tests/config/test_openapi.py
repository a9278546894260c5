"""The OpenAPI document is as it was when somebody last looked at it."""

import json
import os
from pathlib import Path

import pytest

from scripts.reference_pages import openapi

STORED = Path(__file__).parents[1] / "openapi.json"
pytestmark = pytest.mark.baseline


def test_the_openapi_document_is_the_stored_one():
    """A change of the API shows as a change of this file; `make baselines` writes it anew."""
    document = openapi()
    if os.environ.get("TRESSE_BASELINES") == "write":
        STORED.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")

    assert json.loads(STORED.read_text("utf-8")) == document, "run make baselines"


def test_every_route_says_what_it_does():
    silent = [
        f"{method} {path}"
        for path, methods in openapi()["paths"].items()
        for method, route in methods.items()
        if not route.get("description")
    ]

    assert silent == []
