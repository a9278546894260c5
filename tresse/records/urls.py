"""Addresses of records; they come last, since their first part is any object type."""

from django.urls import path

from tresse.records.views import activities, filtering, index, linking, new, record

urlpatterns = [
    path("<str:object_name>/", index.index, name="records"),
    path("<str:object_name>/filter/", filtering.filter_fields, name="filter_fields"),
    path("<str:object_name>/new/", new.new_record, name="new_record"),
    path("<str:object_name>/<int:id>/", record.record, name="record"),
    path("<str:object_name>/<int:id>/timeline/", activities.record_timeline, name="timeline"),
    path("<str:object_name>/<int:id>/delete/", record.record_delete, name="record_delete"),
    path("<str:object_name>/<int:id>/restore/", record.record_restore, name="record_restore"),
    path("<str:object_name>/<int:id>/activities/", activities.log, name="log"),
    path(
        "<str:object_name>/<int:id>/activities/<int:activity>/delete/",
        activities.remove_activity,
        name="remove_activity",
    ),
    path("<str:object_name>/<int:id>/links/<str:key>/", linking.link, name="link"),
    path(
        "<str:object_name>/<int:id>/links/<str:key>/search/",
        linking.link_search,
        name="link_search",
    ),
    path(
        "<str:object_name>/<int:id>/<str:name>/history/",
        record.property_history,
        name="property_history",
    ),
    path("<str:object_name>/<int:id>/<str:name>/", record.property_edit, name="property_edit"),
]
