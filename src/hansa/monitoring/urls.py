from django.urls import path

from hansa.monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<slug:code>/", views.rows, name="all_rows"),
    path("<slug:code>/P-<int:number>/", views.rows, name="rows"),
]
