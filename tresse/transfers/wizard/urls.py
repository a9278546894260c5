"""Addresses of the first half of the wizard."""

from django.urls import path

from tresse.transfers.wizard import file_step, map_step, other, settings_step

urlpatterns = [
    path("imports/new/", file_step.choose_object, name="new"),
    path("imports/new/<str:object_name>/", file_step.add_file, name="new_file"),
    path("imports/<int:import_id>/file/", file_step.reading, name="file"),
    path("imports/<int:import_id>/discard/", file_step.discard, name="discard"),
    path("imports/<int:import_id>/object/", other.as_other, name="as_other"),
    path("imports/<int:import_id>/template/", other.use_template, name="use_template"),
    path("imports/<int:import_id>/settings/", settings_step.settings, name="map_settings"),
    path("imports/<int:import_id>/map/", map_step.mapping, name="map"),
    path("imports/<int:import_id>/map/rest/", map_step.rest, name="map_rest"),
    path("imports/<int:import_id>/map/<int:position>/", map_step.column, name="map_column"),
]
