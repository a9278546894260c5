"""Addresses of the pages about people and their account."""

from django.urls import path
from django.views.generic import RedirectView

from tresse.accounts.views import access, doors, people, profile, roles

app_name = "accounts"
urlpatterns = [
    path("sign-in/", doors.sign_in_page, name="sign-in"),
    path("sign-out/", doors.sign_out_page, name="sign-out"),
    path("invitations/<str:secret>/", doors.invitation_page, name="invitation"),
    path("settings/", RedirectView.as_view(pattern_name="accounts:profile"), name="settings"),
    path("settings/profile/", profile.profile_page, name="profile"),
    path("settings/password/", profile.password_page, name="password"),
    path("settings/sessions/<slug:handle>/end/", profile.session_end, name="session-end"),
    path("settings/theme/", profile.theme, name="theme"),
    path("settings/people/", people.people_page, name="people"),
    path("settings/people/<int:user_id>/", people.user_page, name="user"),
    path("settings/people/<int:user_id>/invite/", people.user_invite, name="user-invite"),
    path(
        "settings/people/<int:user_id>/deactivate/",
        people.user_deactivate,
        name="user-deactivate",
    ),
    path("settings/people/<int:user_id>/activate/", people.user_activate, name="user-activate"),
    path("settings/teams/new/", people.team_new, name="team-new"),
    path("settings/teams/<slug:name>/", people.team_page, name="team"),
    path("settings/teams/<slug:name>/delete/", people.team_delete, name="team-delete"),
    path("settings/roles/new/", roles.role_new, name="role-new"),
    path("settings/roles/preview/", roles.role_preview, name="role-preview"),
    path("settings/roles/<slug:name>/", roles.role_page, name="role"),
    path("settings/roles/<slug:name>/delete/", roles.role_delete, name="role-delete"),
    path("settings/tokens/", access.tokens_page, name="tokens"),
    path("settings/tokens/<int:token_id>/revoke/", access.token_revoke, name="token-revoke"),
    path("settings/audit/", access.audit_page, name="audit"),
    path("settings/account/", access.account_page, name="account"),
]
