"""The addresses of the work on cases, below `brokerage/board/`."""

from django.urls import path

from hansa.brokerage.casework import views

urlpatterns = [
    path("", views.board, name="board"),
    path("<str:reference>/", views.move_card, name="move_card"),
]
