"""Build hook: compiles the catalogues and builds the pages' scripts and styles.

An sdist carries the bundle and its stamp, so installing from it needs no Node.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))
from scripts import bundle, messages


class AssetBuildHook(BuildHookInterface[Any]):
    """Hatchling asks it for wheels, sdists and editable installs alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, if it is needed."""
        return bundle.requirements()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile the messages, then build the bundle."""
        messages.compile_all()
        bundle.build()

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002
        """Remove the bundle."""
        bundle.clean()
