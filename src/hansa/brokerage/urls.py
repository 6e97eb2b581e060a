from django.urls import path

from hansa.brokerage import views

app_name = "brokerage"
urlpatterns = [
    path("", views.requests, name="requests"),
    path("new/", views.new_request, name="new_request"),
    path("cases/", views.cases, name="cases"),
    path("cases/<str:reference>/", views.case, name="case"),
    path("cases/<str:reference>/answer/", views.answer, name="answer"),
    path("cases/<str:reference>/move/", views.move, name="move"),
    path("cases/<str:reference>/note/", views.note, name="note"),
    path("cases/<str:reference>/next/", views.reschedule, name="reschedule"),
    path("cases/<str:reference>/open/", views.open_private, name="open_private"),
    path("matches/<int:pk>/short-list/", views.shortlist, name="shortlist"),
    path("matches/<int:pk>/decline/", views.decline, name="decline"),
    path("matches/<int:pk>/restore/", views.restore, name="restore"),
    path("matches/<int:pk>/propose/", views.propose, name="propose"),
    path("alike/<int:pk>/dismiss/", views.dismiss_likeness, name="dismiss_likeness"),
    path("alike/<int:pk>/restore/", views.restore_likeness, name="restore_likeness"),
    path("<str:reference>/", views.request, name="request"),
    path("<str:reference>/edit/", views.edit_request, name="edit_request"),
    path("<str:reference>/matches/", views.matches, name="matches"),
    path("<str:reference>/look-again/", views.look_again, name="look_again"),
    path("<str:reference>/alike/", views.alike, name="alike"),
    path("<str:reference>/compare/", views.compare, name="compare"),
    path("<str:reference>/publish/", views.publish, name="publish"),
    path("<str:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("<str:reference>/close/", views.close, name="close"),
    path("<str:reference>/reopen/", views.reopen, name="reopen"),
]
