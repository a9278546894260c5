"""Settings that are refused before anything starts."""

import pytest

from tresse.config import environment
from tresse.kernel.errors import TresseError


@pytest.mark.parametrize(
    "address", ["duckdb", "spark://h:7077", "spark://10.0.0.1:7077,h2:7077", "spark://[::1]:7077"]
)
def test_takes_engines_that_there_are(monkeypatch, address):
    monkeypatch.setenv("TRESSE_ENGINE", f" {address} ")
    assert environment.engine() == address


@pytest.mark.parametrize("address", ["sqlite", "spark://", "spark://h", "spark:h:1", "duckdb://"])
def test_refuses_engines_that_there_are_not(monkeypatch, address):
    monkeypatch.setenv("TRESSE_ENGINE", address)
    with pytest.raises(TresseError) as refused:
        environment.engine()
    said = f'TRESSE_ENGINE "{address}" is no engine. Write duckdb or spark://host:port.'
    assert (refused.value.code, str(refused.value)) == ("bad_setting", said)
