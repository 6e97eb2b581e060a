"""The addresses of the plan."""

from django.urls import path

from hansa.strategy.plan.views import entries, lists, shared_work

urlpatterns = [
    path("", lists.action_list, name="plan"),
    path("actions/<int:pk>/", lists.action, name="plan_action"),
    path("actions/<int:pk>/state/<slug:state>/", entries.state, name="plan_state"),
    path("budget/", lists.budget, name="plan_budget"),
    path("indicators/", lists.indicators, name="plan_indicators"),
    path("indicators/codes/", lists.codes, name="plan_codes"),
    path("indicators/<int:pk>/", lists.indicator, name="plan_indicator"),
    path("risks/", lists.risks, name="plan_risks"),
    path("governance/", shared_work.governance, name="plan_governance"),
    path("vision/", shared_work.vision, name="plan_vision"),
    path("vision/new/<int:run>/", shared_work.new_vision, name="plan_new_vision"),
    path("vision/<int:pk>/edit/", shared_work.edit_vision, name="plan_edit_vision"),
    path("vision/<int:pk>/sign/", shared_work.sign_vision, name="plan_sign_vision"),
    path("new/<slug:kind>/", entries.new, name="plan_new"),
    path("<slug:kind>/<int:pk>/change/", entries.change, name="plan_change"),
    path("<slug:kind>/<int:pk>/withdraw/", entries.take, name="plan_withdraw"),
    path("<slug:kind>/<int:pk>/put-back/", entries.take, {"back": True}, name="plan_put_back"),
]
