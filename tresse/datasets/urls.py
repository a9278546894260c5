"""Addresses of datasets."""

from django.urls import path, re_path

from tresse.datasets.views import (
    builds,
    checks,
    column,
    columns,
    decisions,
    feeds,
    golden,
    identity,
    listing,
    overview,
    parting,
    relations,
    review,
    rows,
    rules,
    settings,
    versions,
    why,
)

app_name = "datasets"
ONE = "datasets/<str:name>/"
GOLDEN = f"{ONE}rows/<str:key>/"
BUILD = f"{ONE}builds/<int:number>/"
urlpatterns = [
    path("datasets/", listing.dataset_list, name="datasets"),
    path("datasets/new/", listing.dataset_new, name="new"),
    path(ONE, overview.dataset_page, name="dataset"),
    path(f"{ONE}rows/", rows.row_list, name="rows"),
    path(f"{ONE}rows.csv", rows.row_file, name="rows-file"),
    path(f"{ONE}columns/", columns.dataset_columns, name="columns"),
    path(f"{ONE}column/", column.dataset_column, name="column"),
    path(f"{ONE}column/drop/", columns.dataset_column_drop, name="column-drop"),
    path(f"{ONE}sources/", feeds.dataset_feeds, name="feeds"),
    path(f"{ONE}sources/<str:feed>/", feeds.dataset_feed, name="feed"),
    path(f"{ONE}groups/", columns.dataset_group, name="groups"),
    path(GOLDEN, golden.golden_record, name="golden"),
    path(f"{GOLDEN}why/", why.golden_why, name="golden-why"),
    path(f"{GOLDEN}apart/", parting.golden_apart, name="golden-apart"),
    path(f"{GOLDEN}pin/", parting.golden_pin, name="golden-pin"),
    path(f"{ONE}why/", why.dataset_why, name="why"),
    path(f"{GOLDEN}value/", golden.golden_value, name="golden-value"),
    path(f"{ONE}identity/", identity.dataset_identity, name="identity"),
    path(f"{ONE}identity/figures/", identity.identity_figures, name="figures"),
    path(f"{ONE}identity/draft/", rules.rules_draft, name="rules-draft"),
    path(f"{ONE}identity/apply/", rules.rules_apply, name="rules-apply"),
    path(f"{ONE}identity/drop/", rules.rules_drop, name="rules-drop"),
    path(f"{ONE}identity/rules/<int:number>/", rules.rules_version, name="rules"),
    path(f"{ONE}identity/rules/<int:number>/outlook/", rules.rules_outlook, name="rules-outlook"),
    path(f"{ONE}identity/rules/<int:number>/preview/", rules.rules_preview, name="rules-preview"),
    path(f"{ONE}identity/rules/<int:number>/revert/", rules.rules_revert, name="rules-revert"),
    path(f"{ONE}versions/", versions.version_list, name="versions"),
    path(f"{ONE}versions/compare/", versions.version_compare, name="compare"),
    path(
        f"{ONE}versions/<int:number>/rollback/", versions.version_rollback, name="version-rollback"
    ),
    path(f"{ONE}review/", review.review_list, name="review"),
    path(f"{ONE}review/<int:number>/", review.review_decide, name="review-decide"),
    path(f"{ONE}review/<int:number>/reopen/", review.review_reopen, name="review-reopen"),
    path(f"{ONE}suggestions/", review.review_suggest, name="suggest"),
    path(f"{ONE}decide/", decisions.decision_add, name="decide"),
    path(f"{ONE}decisions/", decisions.decision_list, name="decisions"),
    path(
        f"{ONE}decisions/<int:number>/withdraw/",
        decisions.decision_withdraw,
        name="decision-withdraw",
    ),
    path(f"{ONE}lift/", decisions.guard_lift, name="lift"),
    path(f"{ONE}relations/", relations.dataset_relations, name="relations"),
    path(f"{ONE}health/", checks.dataset_health, name="health"),
    path(f"{ONE}settings/", settings.dataset_settings, name="settings"),
    path(f"{ONE}remove/", settings.dataset_remove, name="remove"),
    re_path(
        r"^datasets/(?P<name>[^/]+)/(?P<act>enable|disable)/$",
        settings.dataset_switch,
        name="switch",
    ),
    path(f"{ONE}build/", builds.build_now, name="build-now"),
    path(f"{ONE}builds/", builds.build_list, name="builds"),
    path(BUILD, builds.build_page, name="build"),
    path(f"{BUILD}cancel/", builds.build_cancel, name="build-cancel"),
    path(f"{BUILD}publish/", builds.build_publish, name="build-publish"),
]
