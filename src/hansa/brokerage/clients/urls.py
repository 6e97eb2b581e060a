"""The addresses of clients, below `brokerage/clients/`."""

from django.urls import path

from hansa.brokerage.clients import views

urlpatterns = [
    path("", views.clients, name="clients"),
    path("<str:reference>/", views.client, name="client"),
]
