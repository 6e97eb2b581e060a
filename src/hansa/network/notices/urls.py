"""The addresses of news, below `partnership/notices/`."""

from django.urls import path

from hansa.network.notices import views

urlpatterns = [
    path("", views.notices, name="notices"),
    path("read/", views.read_all, name="read_notices"),
    path("<int:pk>/mark/", views.mark, name="mark_notice"),
    path("<int:pk>/open/", views.open_notice, name="open_notice"),
    path("how/", views.choices, name="notice_choices"),
    path("undelivered/", views.undelivered, name="undelivered"),
    path("undelivered/<int:pk>/again/", views.send_again, name="send_mail_again"),
    path("undelivered/<int:pk>/aside/", views.set_aside, name="set_mail_aside"),
    path("leave/<str:token>/", views.leave, name="leave_notices"),
]
