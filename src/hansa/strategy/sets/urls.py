"""The addresses of step 1, below `sets/`."""

from django.urls import path

from hansa.strategy.sets.views import common, overview, regional, sources, themes

urlpatterns = [
    path("", common.sets, name="common_sets"),
    path("run/<int:pk>/find/", common.compute, name="find_sets"),
    path("run/<int:pk>/arrange/", common.arrange, name="arrange_sets"),
    path("set/<int:pk>/", common.common_set, name="common_set"),
    path("set/<int:pk>/<slug:verb>/", common.decide, name="decide_set"),
    path("regional/", regional.priorities, name="regional_priorities"),
    path("regional/new/", regional.enter, name="enter_regional_priority"),
    path("regional/import/", regional.import_csv, name="import_regional_priorities"),
    path("regional/tags/", regional.tag_all, name="tag_regional_priorities"),
    path("regional/<int:pk>/", regional.priority, name="regional_priority"),
    path("regional/<int:pk>/change/", regional.change, name="change_regional_priority"),
    path("regional/<int:pk>/withdraw/", regional.withdraw, name="withdraw_regional_priority"),
    path("regional/<int:pk>/tags/", regional.tag, name="tag_regional_priority"),
    path("strategies/", sources.sources, name="strategy_sources"),
    path("strategies/new/", sources.add, name="add_strategy_source"),
    path("strategies/<int:pk>/", sources.source, name="strategy_source"),
    path("themes/", themes.themes, name="themes"),
    path("themes/new/", themes.edit, name="add_theme"),
    path("themes/shipped/", themes.load, name="load_themes"),
    path("themes/theme/<slug:code>/", themes.theme, name="theme"),
    path("themes/theme/<slug:code>/change/", themes.edit, name="change_theme"),
    path("themes/theme/<slug:code>/withdraw/", themes.withdraw, name="withdraw_theme"),
    path("themes/theme/<slug:code>/lines/<int:pk>/", themes.take_out, name="take_out_line"),
    path("shares/", overview.who_shares, name="who_shares"),
    path("2021/", overview.exercise_2021, name="exercise_2021"),
]
