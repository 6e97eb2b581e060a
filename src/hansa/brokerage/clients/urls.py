"""The addresses of clients, below `brokerage/clients/`."""

from django.urls import path

from hansa.brokerage.clients import views, views_acting

urlpatterns = [
    path("", views.clients, name="clients"),
    path("new/", views.new_client, name="new_client"),
    path("consents/<str:secret>/", views.own_consents, name="own_consents"),
    path("<str:reference>/", views.client, name="client"),
    path("<str:reference>/edit/", views.edit_client, name="edit_client"),
    path("<str:reference>/criteria/", views_acting.answer_criteria, name="answer_criteria"),
    path("<str:reference>/decide/", views_acting.decide_client, name="decide_client"),
    path("<str:reference>/merge/", views_acting.merge_client, name="merge_client"),
    path("<str:reference>/contacts/", views_acting.add_contact, name="add_contact"),
    path("<str:reference>/contacts/<int:pk>/", views_acting.edit_contact, name="edit_contact"),
    path("<str:reference>/contacts/<int:pk>/remove/", views.delete_contact, name="delete_contact"),
    path("<str:reference>/contacts/<int:pk>/consents/", views_acting.contact_consents, name="contact_consents"),
    path("<str:reference>/contacts/<int:pk>/send/", views_acting.send_consents, name="send_consents"),
]
