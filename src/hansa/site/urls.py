from django.urls import include, path

from hansa.site import views
from hansa.site.api import api

urlpatterns = [
    path("", views.today, name="today"),
    path("search/", views.search, name="search"),
    path("language/", include("django.conf.urls.i18n")),
    path("account/email/", views.no_own_address),
    path("account/", include("allauth.account.urls")),
    path("api/", views.api_guide, name="api_guide"),
    path("api/", api.urls),
    path("evidence/", include("hansa.strategy.urls_evidence")),
    path("priorities/", include("hansa.strategy.urls")),
    path("brokerage/", include("hansa.brokerage.urls")),
    path("catalogue/", include("hansa.catalogue.urls")),
    path("partnership/", include("hansa.network.urls")),
    path("monitoring/", include("hansa.monitoring.urls")),
]
