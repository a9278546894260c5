"""Runs once when Django is ready."""

from django.apps import AppConfig


class Config(AppConfig):
    """Hands the members of higher rooms to the registries of lower ones."""

    name = "tresse.config"

    def ready(self) -> None:
        from tresse.config.members import hand_over  # noqa: PLC0415  tables load only now

        hand_over()
