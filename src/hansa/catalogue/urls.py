from django.urls import path

from hansa.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.support, name="support"),
    path("support/new/", views.new_support, name="new_support"),
    path("support/<int:pk>/", views.support_instrument, name="support_instrument"),
    path("support/<int:pk>/edit/", views.edit_support, name="edit_support"),
    path("support/<int:pk>/check/", views.check_support, name="check_support"),
    path("support/<int:pk>/end/", views.end_support, name="end_support"),
]
