"""Addresses of sources."""

from django.urls import path, re_path

from tresse.sources.views import (
    catalogue,
    column,
    columns,
    overview,
    rejections,
    relations,
    runs,
    settings,
    wizard,
)

app_name = "sources"
ONE = "sources/<str:name>/"
RUN = f"{ONE}runs/<int:number>/"
urlpatterns = [
    path("sources/", catalogue.source_list, name="sources"),
    path("sources/new/", wizard.source_new, name="new"),
    path("sources/new/<str:connection>/", wizard.source_pick, name="pick"),
    path(ONE, overview.source_page, name="source"),
    path(f"{ONE}sample/", overview.source_sample, name="sample"),
    path(f"{ONE}columns/", columns.source_columns, name="columns"),
    path(f"{ONE}columns/new/", columns.source_new_columns, name="new-columns"),
    path(f"{ONE}columns/rules/", column.source_rules, name="rules"),
    path(f"{ONE}column/", column.source_column, name="column"),
    path(f"{ONE}computed/", column.source_computed, name="computed"),
    path(f"{ONE}keys/", columns.source_keys, name="keys"),
    path(f"{ONE}relations/", relations.source_relations, name="relations"),
    path(f"{ONE}start/", settings.source_start, name="start"),
    path(f"{ONE}settings/", settings.source_settings, name="settings"),
    path(f"{ONE}remove/", settings.source_remove, name="remove"),
    re_path(
        r"^sources/(?P<name>[^/]+)/(?P<act>enable|disable)/$",
        settings.source_switch,
        name="switch",
    ),
    path(f"{ONE}run/", runs.source_run, name="run-now"),
    path(f"{ONE}runs/", runs.run_list, name="runs"),
    path(RUN, runs.run_page, name="run"),
    path(f"{RUN}cancel/", runs.run_cancel, name="run-cancel"),
    path(f"{RUN}publish/", runs.run_publish, name="run-publish"),
    path(f"{RUN}again/", rejections.rejections_again, name="again"),
    path(f"{ONE}rejected/", rejections.rejection_list, name="rejected"),
    path(f"{ONE}rejected.csv", rejections.rejection_file, name="rejected-file"),
]
