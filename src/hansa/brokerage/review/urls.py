"""The addresses of reviews, below `brokerage/reviews/`."""

from django.urls import path

from hansa.brokerage.review import views

urlpatterns = [
    path("", views.reviews, name="reviews"),
    path("<str:reference>/", views.review, name="review"),
    path("<str:reference>/ask/", views.ask_review, name="ask_review"),
    path("<str:reference>/take-back/", views.take_back_review, name="take_back_review"),
    path("<str:reference>/renew/", views.renew, name="renew_request"),
]
