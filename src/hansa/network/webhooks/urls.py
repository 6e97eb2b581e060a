"""The addresses of webhooks, below `partnership/webhooks/`."""

from django.urls import path

from hansa.network.webhooks import views

urlpatterns = [
    path("", views.webhooks, name="webhooks"),
    path("new/", views.new, name="new_webhook"),
    path("<int:pk>/", views.webhook, name="webhook"),
    path("<int:pk>/edit/", views.edit, name="edit_webhook"),
    path("<int:pk>/ping/", views.ping, name="ping_webhook"),
    path("<int:pk>/secret/", views.renew, name="renew_secret"),
    path("<int:pk>/switch/", views.switch, name="switch_webhook"),
    path("<int:pk>/delete/", views.delete, name="delete_webhook"),
]
