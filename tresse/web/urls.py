"""Addresses of the web room."""

from django.urls import path

from tresse.web import views

urlpatterns = [
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/dialog/", views.fragment, name="styleguide_dialog"),
    path("styleguide/model/", views.model, name="styleguide_model"),
]
