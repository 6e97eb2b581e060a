"""The addresses of diagnoses, below `brokerage/diagnoses/`."""

from django.urls import path

from hansa.brokerage.diagnosis import views

urlpatterns = [
    path("", views.diagnoses, name="diagnoses"),
    path("begin/<str:reference>/", views.begin_diagnosis, name="begin_diagnosis"),
    path("answer/<str:secret>/", views.answer, name="diagnosis_answer"),
    path("<int:pk>/", views.diagnosis, name="diagnosis"),
    path("<int:pk>/complete/", views.complete_diagnosis, name="complete_diagnosis"),
    path("<int:pk>/send/", views.send_diagnosis, name="send_diagnosis"),
]
