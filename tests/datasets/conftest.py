"""Records of this installation, for datasets that they feed."""

from tests.records.conftest import make, side  # noqa: F401  fixtures
