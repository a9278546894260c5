"""Addresses of connections and of webhooks."""

from django.urls import path, re_path

from tresse.connections.views import connections, webhooks

app_name = "connections"
ACTS = "pause|resume|test|retry|secret|delete"
ONE = "connections/<str:name>/"
urlpatterns = [
    path("settings/webhooks/", webhooks.webhook_index, name="webhooks"),
    path("settings/webhooks/<str:name>/", webhooks.webhook_page, name="webhook"),
    re_path(
        rf"^settings/webhooks/(?P<name>[^/]+)/(?P<act>{ACTS})/$", webhooks.webhook_act, name="act"
    ),
    path("connections/", connections.connection_list, name="connections"),
    path("connections/new/", connections.connection_kinds, name="new"),
    path("connections/new/<str:kind>/", connections.connection_new, name="new-of"),
    path(ONE, connections.connection_page, name="connection"),
    path(f"{ONE}check/", connections.connection_check, name="check"),
    path(f"{ONE}check-writing/", connections.connection_check_writing, name="check-writing"),
    path(f"{ONE}host-key/", connections.connection_host_key, name="host-key"),
    path(f"{ONE}remove/", connections.connection_remove, name="remove"),
    re_path(
        r"^connections/(?P<name>[^/]+)/(?P<act>enable|disable)/$",
        connections.connection_switch,
        name="switch",
    ),
]
