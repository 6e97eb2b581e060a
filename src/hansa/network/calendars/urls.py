"""The addresses of calendars, below `partnership/calendar/`."""

from django.urls import path

from hansa.network.calendars import views

urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("revoke/", views.revoke, name="revoke_calendar"),
    path("<str:secret>/hansa.ics", views.feed, name="calendar_feed"),
]
