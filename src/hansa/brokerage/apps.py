from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

PARTS = ("clients", "brokers", "review", "introductions", "casework", "diagnosis")
"""The parts of the room; each registers its rules, and what the room's pages show of it."""


class BrokerageConfig(AppConfig):
    name = "hansa.brokerage"
    label = "brokerage"
    verbose_name = _("Brokerage")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hansa.brokerage import permissions, thread  # noqa: F401  (permissions register their rules)

        thread.register()
        for part in PARTS:
            import_module(f"hansa.brokerage.{part}.permissions")
            import_module(f"hansa.brokerage.{part}.registering").register()
