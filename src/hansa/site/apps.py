from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "hansa.site"
    label = "hansa_site"
    verbose_name = "Hansa"

    def ready(self) -> None:
        from hansa.network.registry import NavigationItem, registry

        registry.navigation["today"] = NavigationItem("today", _("Today"), "today", order=0)
