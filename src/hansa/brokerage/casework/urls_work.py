"""The addresses of tasks, documents, follow-ups and outcomes, below `brokerage/worklist/`."""

from django.urls import path

from hansa.brokerage.casework import views_work as views

urlpatterns = [
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/<int:pk>/", views.finish_task, name="finish_task"),
    path("outcomes/", views.outcomes, name="outcomes"),
    path("outcomes/<int:pk>/verify/", views.verify_outcome, name="verify_outcome"),
    path("follow-ups/<int:pk>/", views.answer_follow_up, name="answer_follow_up"),
    path("documents/<int:pk>/", views.document, name="case_document"),
    path("documents/<int:pk>/remove/", views.remove_document, name="remove_document"),
    path("documents/<int:pk>/restore/", views.restore_document, name="restore_document"),
    path("<str:reference>/task/", views.add_task, name="add_task"),
    path("<str:reference>/interaction/", views.add_interaction, name="add_interaction"),
    path("<str:reference>/mail/", views.take_in_mail, name="take_in_mail"),
    path("<str:reference>/note/", views.add_private_note, name="add_private_note"),
    path("<str:reference>/document/", views.add_document, name="add_document"),
    path("<str:reference>/outcome/", views.claim_outcome, name="claim_outcome"),
]
