from django.urls import path

from hansa.strategy import views_evidence as views

app_name = "evidence"
urlpatterns = [
    path("", views.map_page, name="map"),
    path("map.svg", views.map_svg, name="map_svg"),
    path("geometry.json", views.geometry, name="geometry"),
    path("regions/", views.regions, name="regions"),
    path("regions/<str:code>/", views.region, name="region"),
    path("regions/<str:code>/opportunities.svg", views.opportunities_svg, name="opportunities_svg"),
    path("domains/", views.domains, name="domains"),
    path("domains/<str:code>/", views.domain, name="domain"),
    path("data/", views.data, name="data"),
    path("data/<str:name>.csv", views.activity, name="activity"),
]
