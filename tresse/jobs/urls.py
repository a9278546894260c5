"""Addresses of the pages about background work and notifications."""

from django.urls import path

from tresse.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.job_list, name="list"),
    path("jobs/<int:job_id>/", views.job_page, name="job"),
    path("jobs/<int:job_id>/cancel/", views.job_cancel, name="cancel"),
    path("jobs/<int:job_id>/resume/", views.job_resume, name="resume"),
    path("settings/notifications/", views.choices_page, name="choices"),
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/read/", views.notification_read_all, name="read-all"),
    path("notifications/<int:notification_id>/", views.notification_open, name="open"),
    path("notifications/<int:notification_id>/pane/", views.notification_pane, name="pane"),
    path("notifications/<int:notification_id>/mark/", views.notification_mark, name="mark"),
]
