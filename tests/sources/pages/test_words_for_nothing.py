"""Words for nothing are accepted with one click (S55)."""

import pytest
from django.test import Client

from tresse.sources.models import Source

pytestmark = pytest.mark.django_db


def test_words_for_nothing_are_read_as_empty_once_accepted(person, shop, folder):  # noqa: ARG001
    """S55: the words that occur, and the type that the other cells of the column have."""
    (folder / "stock.csv").write_text("sku;left\nA;3\nB;\\N\nC;12\n", encoding="utf-8")
    client = Client()
    client.force_login(person)
    client.post("/sources/new/shop/", {"match": "files", "pattern": r"stock\.csv"})
    source = Source.objects.get()
    assert [each["type"] for each in source.detected_columns] == ["text", "text"]

    answer = client.post(
        f"/sources/{source.name}/columns/rules/", {"name": "left", "rule": "empty_to_null"}
    )

    assert answer.status_code == 302, answer.content.decode()[:2000]
    source.refresh_from_db()
    [left] = [each for each in source.definition["columns"] if each["name"] == "left"]
    assert left == {
        "name": "left",
        "type": "integer",
        "rules": [{"empty_to_null": {"words": ["\\N"]}}],
    }
