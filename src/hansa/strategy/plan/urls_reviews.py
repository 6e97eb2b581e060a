"""The addresses of reviews."""

from django.urls import path

from hansa.strategy.plan.views import reviews

urlpatterns = [
    path("", reviews.reviews, name="reviews"),
    path("new/", reviews.plan_review, name="plan_review"),
    path("<int:pk>/", reviews.review, name="review"),
    path("<int:pk>/open/", reviews.open_review, name="open_review"),
    path("<int:pk>/close/", reviews.close_review, name="close_review"),
    path("items/<int:pk>/decide/", reviews.decide, name="decide_review"),
]
