"""The addresses of the network of brokers, below `brokerage/brokers/`."""

from django.urls import path

from hansa.brokerage.brokers import views

urlpatterns = [
    path("", views.brokers, name="brokers"),
    path("absences/new/", views.plan_absence, name="plan_absence"),
    path("absences/<int:pk>/end/", views.end_absence, name="end_absence"),
    path("handovers/", views.handovers, name="handovers"),
    path("handovers/<int:pk>/answer/", views.answer_handover, name="answer_handover"),
    path("handovers/<int:pk>/take-back/", views.take_back_handover, name="take_back_handover"),
    path("hand-over/<str:reference>/", views.hand_over, name="hand_over_client"),
]
