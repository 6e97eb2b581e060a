"""The addresses of steps 2 to 4, below `steps/`."""

from django.urls import path

from hansa.strategy.stepwork.views import assess, criteria, refine, trends, verify

urlpatterns = [
    path("verify/", verify.overview, name="verify"),
    path("verify/<int:number>/", verify.one, name="verify_priority"),
    path("verify/<int:number>/<str:region>/", verify.answer, name="answer_disagreement"),
    path("refine/", refine.overview, name="refine"),
    path("refine/<int:number>/", refine.one, name="refine_priority"),
    path("refine/<int:number>/rate/", refine.rate, name="rate"),
    path("refine/round/<int:run>/", refine.turn_round, name="turn_round"),
    path("trends/", trends.trends, name="trends"),
    path("trends/new/", trends.new, name="new_trend"),
    path("trends/<int:pk>/", trends.edit, name="trend"),
    path("trends/<int:pk>/withdraw/", trends.withdraw, name="withdraw_trend"),
    path("assess/", assess.overview, name="assess"),
    path("assess/<int:number>/", assess.judge, name="judge"),
    path("assess/criteria/<int:run>/", criteria.criteria, name="criteria"),
    path("assess/criteria/<int:run>/begin/", criteria.begin, name="begin_criteria"),
    path("assess/criteria/<int:run>/new/", criteria.new, name="new_criterion"),
    path("assess/criterion/<int:pk>/", criteria.edit, name="criterion"),
    path("assess/rule/<int:run>/", criteria.rule, name="step_rule"),
]
