"""The page about definitions names every key that `tresse apply` takes."""

import re

import pytest

from tests.docs.pages import DOCS
from tresse.datasets import parsing as datasets_parsing
from tresse.datasets import parsing_computed as datasets_computed
from tresse.datasets import parsing_rules as datasets_rules
from tresse.datasets.definition import METHODS
from tresse.datasets.scores import definitions as scores_definitions
from tresse.objects import definitions
from tresse.objects.definitions import DEFINITIONS
from tresse.records import view_definitions
from tresse.segments import definitions as segments_definitions
from tresse.sources import parsing as sources_parsing
from tresse.sources import written as sources_written
from tresse.syncs import parsing as syncs_parsing

PAGE = (DOCS / "reference" / "definitions.md").read_text("utf-8")
KEYS = {
    "objects": definitions.OBJECT_KEYS,
    "properties": definitions.PROPERTY_KEYS + definitions.OPTION_KEYS,
    "association_types": definitions.ASSOCIATION_KEYS,
    "pipelines": definitions.PIPELINE_KEYS + definitions.STAGE_KEYS,
    "roles": ("name", "label", "objects", "properties", "rights"),
    "teams": ("name", "label", "members"),
    "views": view_definitions.KEYS,
    "lists": segments_definitions.LIST_KEYS,
    "segments": segments_definitions.SEGMENT_KEYS,
    "sources": (
        sources_parsing.KEYS
        + sources_parsing.FILE_KEYS
        + sources_parsing.EXTRACT_KEYS
        + sources_written.KEYS
    ),
    "datasets": (
        datasets_parsing.KEYS
        + datasets_parsing.FEED_KEYS
        + datasets_parsing.COLUMN_KEYS
        + datasets_parsing.RELATION_KEYS
        + datasets_rules.IDENTITY_KEYS
        + datasets_rules.GUARD_KEYS
        + datasets_rules.GROUP_KEYS
        + METHODS
        + datasets_computed.FORMULA_KEYS
        + datasets_computed.AGGREGATE_KEYS
        + datasets_computed.DOES
        + datasets_computed.WINDOW_KEYS
        + datasets_computed.UNITS
        + datasets_computed.PERIODS
    ),
    "scores": ("dataset", *datasets_computed.SCORE_KEYS),
    "rates": scores_definitions.RATE_KEYS,
    "syncs": (
        *syncs_parsing.KEYS,
        *("from", "to", "nulls", "create"),
        *("relation", "type"),
        *("removed", "emptied"),
    ),
}


def test_every_kind_of_definition_stands_in_the_first_table():
    """cli.md 3"""
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.partition("\n## ")[0], re.MULTILINE)

    assert sorted(listed) == sorted(kind.name for kind in DEFINITIONS)


@pytest.mark.parametrize("kind", KEYS)
def test_every_key_is_described(kind):
    """C5a"""
    part = PAGE.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]

    assert set(KEYS[kind]) <= set(re.findall(r"`(\w+)`", part))
