"""The addresses of recommendations."""

from django.urls import path

from hansa.strategy.recommendations import views

urlpatterns = [
    path("", views.recommendations, name="recommendations"),
    path("new/", views.new, name="new_recommendation"),
    path("thanks/", views.thanks, name="recommendation_thanks"),
    path("<int:pk>/", views.recommendation, name="recommendation"),
    path("<int:pk>/erase/", views.erase, name="erase_recommendation"),
    path("<int:pk>/<slug:verb>/", views.act, name="act_on_recommendation"),
]
