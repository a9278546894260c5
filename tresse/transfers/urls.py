"""Addresses of the pages about imports and exports."""

from django.urls import path

from tresse.transfers import (
    dialogs,
    template_pages,
    views,
    views_exports,
    views_samples,
    views_undo,
)
from tresse.transfers.wizard.urls import urlpatterns as wizard

app_name = "transfers"
urlpatterns = [
    *wizard,
    path(
        "imports/sample/<str:object_name>.<str:format>",
        views_samples.sample,
        name="sample",
    ),
    path("imports/", views.import_list, name="imports"),
    path("imports/<int:import_id>/", views.import_page, name="import"),
    path("imports/<int:import_id>/run/", views.import_run, name="run"),
    path("imports/<int:import_id>/cancel/", views.import_cancel, name="cancel"),
    path("imports/<int:import_id>/resume/", views.import_resume, name="resume"),
    path("imports/<int:import_id>/options/", views.import_options, name="options"),
    path("imports/<int:import_id>/keep/", template_pages.keep, name="keep"),
    path("imports/<int:import_id>/errors.csv", views.import_errors, name="errors"),
    path("imports/<int:import_id>/findings.csv", views.import_findings, name="findings"),
    path("imports/<int:import_id>/undo/", views_undo.import_undo, name="undo"),
    path("imports/<int:import_id>/undo/check/", views_undo.import_undo_check, name="undo_check"),
    path("imports/<int:import_id>/undo/cancel/", views_undo.import_undo_cancel, name="undo_cancel"),
    path(
        "imports/<int:import_id>/undo/<str:group>.csv",
        views_undo.import_undo_list,
        name="undo_list",
    ),
    path("settings/imports/", template_pages.settings_page, name="settings"),
    path("settings/imports/<int:template_id>/", template_pages.template_page, name="template"),
    path(
        "settings/imports/<int:template_id>/file/",
        template_pages.template_file,
        name="template_file",
    ),
    path(
        "settings/imports/<int:template_id>/delete/",
        template_pages.template_delete,
        name="template_delete",
    ),
    path("exports/", views_exports.export_list, name="exports"),
    path("exports/new/<str:object_name>/", dialogs.export_new, name="export"),
    path("exports/preview/<str:object_name>/", dialogs.export_preview, name="preview"),
    path("exports/schedules/", views_exports.schedule_list, name="schedules"),
    path(
        "exports/schedules/new/<str:object_name>/",
        views_exports.schedule_new,
        name="schedule_new",
    ),
    path("exports/schedules/<int:schedule_id>/", views_exports.schedule_page, name="schedule"),
    path("exports/schedules/<int:schedule_id>/change/", views_exports.schedule_change),
    path("exports/schedules/<int:schedule_id>/run/", views_exports.schedule_run),
    path("exports/schedules/<int:schedule_id>/pause/", views_exports.schedule_pause),
    path("exports/schedules/<int:schedule_id>/remove/", views_exports.schedule_remove),
    path("exports/<int:export_id>/download/", views.export_download, name="download"),
]
