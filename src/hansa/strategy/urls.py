from django.urls import path

from hansa.strategy import views

app_name = "strategy"
urlpatterns = [
    path("", views.board, name="board"),
    path("runs/", views.runs, name="runs"),
    path("runs/new/", views.new_run, name="new_run"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("P-<int:number>/", views.priority, name="priority"),
    path("P-<int:number>/<slug:verb>/", views.move, name="move"),
]
