from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class NetworkConfig(AppConfig):
    name = "hansa.network"
    label = "network"
    verbose_name = _("Network")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hansa.network import permissions, thread  # noqa: F401  (permissions register their rules)
        from hansa.network.privacy import rowlog

        thread.register()
        post_migrate.connect(rowlog.put_triggers, sender=self)
