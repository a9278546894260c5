"""Scores are tested on DuckDB; `test_contract` compares all of them on Spark, set in many ways."""

import pytest


@pytest.fixture
def any_engine(duck):
    """DuckDB: each member, in each way it can be set, is compared with Spark as a whole."""
    return duck
