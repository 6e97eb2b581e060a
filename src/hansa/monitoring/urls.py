from django.urls import path

from hansa.monitoring import views, views_exposure, views_weights

app_name = "monitoring"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("exposure/", views_exposure.exposure, name="exposure"),
    path("exposure/lift/", views_exposure.lift, name="lift"),
    path("exposure/weights/", views_weights.weights, name="weights"),
    path("<slug:code>/", views.rows, name="all_rows"),
    path("<slug:code>/P-<int:number>/", views.rows, name="rows"),
]
