from django.urls import include, path

from hansa.network import views, views_rules
from hansa.network.privacy import views as privacy

app_name = "network"
urlpatterns = [
    path("", views.partnership, name="partnership"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<int:pk>/", views.organisation, name="organisation"),
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/roles/<int:pk>/end/", views.end_role, name="end_role"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("rules/", views_rules.rules, name="rules"),
    path("rules/<str:key>/", views_rules.set_rule, name="set_rule"),
    path("people/<int:pk>/data/", privacy.person_data, name="person_data"),
    path("people/<int:pk>/erase/", privacy.erase, name="erase_person"),
    path("people/<int:pk>/send-data/", privacy.send_my_data, name="send_my_data"),
    path("my-data/<str:secret>/", privacy.my_data, name="my_data"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("audit/rows/", privacy.changes, name="row_changes"),
    path("audit/", views.audit, name="audit"),
    path("notices/", include("hansa.network.notices.urls")),
    path("calendar/", include("hansa.network.calendars.urls")),
    path("webhooks/", include("hansa.network.webhooks.urls")),
]
