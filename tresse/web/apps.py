"""The web room as a Django application: templates, tags, static files, translations."""

from django.apps import AppConfig


class Config(AppConfig):
    """Page shell and components; no tables."""

    name = "tresse.web"
