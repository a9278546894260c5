"""Addresses of syncs."""

from django.urls import path, re_path

from tresse.syncs.views import listing, overview, runs

app_name = "syncs"
ONE = "syncs/<str:name>/"
urlpatterns = [
    path("syncs/", listing.sync_list, name="syncs"),
    path("syncs/new/", listing.sync_new, name="new"),
    path(ONE, overview.sync_page, name="sync"),
    path(f"{ONE}settings/", overview.sync_settings, name="settings"),
    path(f"{ONE}remove/", overview.sync_remove, name="remove"),
    path(f"{ONE}run/", runs.sync_run, name="start"),
    path(f"{ONE}preview/", runs.sync_preview, name="preview"),
    path(f"{ONE}rows/", runs.sync_rows, name="rows"),
    path(f"{ONE}rows/retry/", runs.rows_retry, name="retry"),
    path(f"{ONE}rows/give_up/", runs.rows_give_up, name="give-up"),
    path(f"{ONE}runs/", runs.run_list, name="runs"),
    path(f"{ONE}runs/<int:number>/", runs.run_page, name="run"),
    re_path(
        r"^syncs/(?P<name>[^/]+)/runs/(?P<number>[0-9]+)/(?P<act>cancel|confirm|resume)/$",
        runs.run_act,
        name="run-act",
    ),
    re_path(
        r"^syncs/(?P<name>[^/]+)/(?P<act>activate|pause)/$", overview.sync_switch, name="switch"
    ),
]
