"""Addresses of the filter editor."""

from django.urls import path

from tresse.filters import views

urlpatterns = [
    path("filters/edit/", views.edit, name="filter_edit"),
    path("filters/chip/", views.chip, name="filter_chip"),
    path("filters/count/", views.count, name="filter_count"),
    path("filters/tally/", views.tally, name="filter_tally"),
    path("filters/why/", views.why, name="filter_why"),
]
