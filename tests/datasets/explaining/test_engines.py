"""Explanations and previews are alike on both engines (D62, D63, D64, D66)."""

import pytest
import sqlalchemy as sa

from tests.engines import opened_for_tests
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.builds.trial import trial
from tresse.datasets.changes.rules import save_draft
from tresse.datasets.explaining import explain, explain_two
from tresse.datasets.explaining.cluster import rids_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.told import explanation_told, two_told
from tresse.datasets.outlook import _component, _narrowed
from tresse.datasets.suggestions.prepared import prepared

LOOSER = {
    "identity": {
        "keys": [["customer_id"], ["email"], ["phone"]],
        "limits": [{"column": "customer_id", "at_most": 2}],
    }
}


def answers(session, dataset, draft):
    """What an engine answers about the example of D45."""
    version = dataset.version
    tables = tables_of(session, version)
    reached, is_whole = _component(tables, rids_of(tables, ["pos/A"], salt_of(version)))
    some = _narrowed(tables, reached)
    rows = session.rows(sa.select(prepared(tables).subquery()))
    return {
        "explained": [
            explanation_told(explain(session, version, key)) for key in ("jane@x.fr", "web/9")
        ],
        "two": [
            two_told(explain_two(session, version, *pair))
            for pair in (("web/7", "pos/A"), ("crm/1", "crm/2"))
        ],
        # Of an outlook what a build does not do anyway.
        "outlook": {
            name: sorted(session.rows(sa.select(*getattr(some, name).c)), key=str)
            for name in ("records", "attachments", "members", "homes")
        },
        "is_whole": is_whole,
        "trial": trial(session, version, draft, say=lambda _words: None),
        "prepared": sorted(rows, key=str),
    }


@pytest.mark.spark
def test_spark_answers_as_duckdb_does(people, session, settings):
    """D62, D63, D64, D66: the same facts, sentences, ids and counts."""
    draft = save_draft(people, LOOSER, actor=SYSTEM)
    wanted = answers(session, people, draft)

    with opened_for_tests("spark", settings.HOME) as spark:
        found = answers(spark, people, draft)
        for name, part in wanted["trial"].items():
            assert found["trial"][name] == part, name
        assert found == wanted
    assert len(wanted["outlook"]["records"]) == 5
