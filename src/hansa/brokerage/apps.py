from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BrokerageConfig(AppConfig):
    name = "hansa.brokerage"
    label = "brokerage"
    verbose_name = _("Brokerage")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hansa.brokerage import permissions, thread  # noqa: F401  (permissions register their rules)

        thread.register()
