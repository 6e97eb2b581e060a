"""The addresses of introductions, below `brokerage/introductions/`."""

from django.urls import path

from hansa.brokerage.introductions import views

urlpatterns = [
    path("inbox/", views.matches_inbox, name="matches_inbox"),
    path("consents/<int:pk>/", views.record_consent, name="record_consent"),
    path("answer/<str:secret>/", views.answer, name="introduction_answer"),
    path("<str:reference>/withdraw/", views.withdraw_introduction, name="withdraw_introduction"),
]
