"""The addresses of consultations, below `consultations/`."""

from django.urls import path

from hansa.strategy.consultations.views import answering, public

urlpatterns = [
    path("answer/<str:token>/", answering.answer, name="answer_consultation"),
    path("answer/<str:token>/thanks/", answering.thanks, name="thanks_consultation"),
    path("<int:pk>/", public.consultation, name="consultation"),
]
