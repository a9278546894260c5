"""Addresses of the pages about imports and exports."""

from django.urls import path

from tresse.transfers import views

app_name = "transfers"
urlpatterns = [
    path("imports/", views.import_list, name="imports"),
    path("imports/<int:import_id>/", views.import_page, name="import"),
    path("imports/<int:import_id>/run/", views.import_run, name="run"),
    path("imports/<int:import_id>/cancel/", views.import_cancel, name="cancel"),
    path("imports/<int:import_id>/resume/", views.import_resume, name="resume"),
    path("imports/<int:import_id>/errors.csv", views.import_errors, name="errors"),
    path("imports/<int:import_id>/findings.csv", views.import_findings, name="findings"),
    path("exports/<int:export_id>/download/", views.export_download, name="download"),
]
