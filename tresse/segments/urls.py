"""Addresses of lists and segments."""

from django.urls import path

from tresse.segments.views import bulk, lists, segments

app_name = "segments"
urlpatterns = [
    path("segments/", segments.segment_index, name="segments"),
    path("segments/numbers/", segments.segment_numbers, name="segment-numbers"),
    path("segments/new/", segments.segment_new, name="segment-new"),
    path("segments/<str:name>/", segments.segment_page, name="segment"),
    path("segments/<str:name>/edit/", segments.segment_edit, name="segment-edit"),
    path("segments/<str:name>/size/", segments.segment_size, name="segment-size"),
    path("segments/<str:name>/freeze/", segments.segment_freeze, name="segment-freeze"),
    path("segments/<str:name>/compare/", segments.segment_compare, name="segment-compare"),
    path("segments/<str:name>/delete/", segments.segment_remove, name="segment-delete"),
    path("lists/", lists.list_index, name="lists"),
    path("lists/numbers/", lists.list_numbers, name="list-numbers"),
    path("lists/new/", lists.list_new, name="list-new"),
    path("lists/bulk/<str:object_name>/<str:act>/", bulk.bulk, name="list-bulk"),
    path("lists/<str:name>/", lists.list_page, name="list"),
    path("lists/<str:name>/edit/", lists.list_edit, name="list-edit"),
    path("lists/<str:name>/search/", lists.list_search, name="list-search"),
    path("lists/<str:name>/members/", lists.list_fill, name="list-fill"),
    path("lists/<str:name>/combine/", lists.list_combine, name="list-combine"),
    path("lists/<str:name>/split/", lists.list_split, name="list-split"),
    path("lists/<str:name>/delete/", lists.list_remove, name="list-delete"),
]
