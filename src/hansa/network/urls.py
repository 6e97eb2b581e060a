from django.urls import include, path

from hansa.network import views

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
    path("audit/", views.audit, name="audit"),
    path("notices/", include("hansa.network.notices.urls")),
    path("calendar/", include("hansa.network.calendars.urls")),
    path("webhooks/", include("hansa.network.webhooks.urls")),
]
