"""The addresses of runs and priorities; each part adds its own below its own word."""

from django.urls import include, path

from hansa.strategy.views import board, moves, runs

app_name = "strategy"
urlpatterns = [
    path("", board.board, name="board"),
    path("steps/", board.steps, name="steps"),
    path("steps/", include("hansa.strategy.stepwork.urls")),
    path("documents/", include("hansa.strategy.documents.urls")),
    path("runs/", runs.runs, name="runs"),
    path("runs/new/", runs.new_run, name="new_run"),
    path("runs/compare/", runs.compare, name="compare_runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/again/", runs.again, name="run_again"),
    path("plan/", include("hansa.strategy.plan.urls")),
    path("reviews/", include("hansa.strategy.plan.urls_reviews")),
    path("consultations/", include("hansa.strategy.consultations.urls")),
    path("recommendations/", include("hansa.strategy.recommendations.urls")),
    path("sets/", include("hansa.strategy.sets.urls")),
    path("P-<int:number>/", board.priority, name="priority"),
    path("P-<int:number>/undo/", moves.undo, name="undo_move"),
    path("P-<int:number>/<slug:verb>/", moves.move, name="move"),
]
