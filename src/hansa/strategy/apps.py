from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

PARTS = ("sets", "stepwork", "consultations", "plan", "recommendations", "documents")
"""The parts of the room; each registers its rules, and what the board, the pages and the documents show of it."""


class StrategyConfig(AppConfig):
    name = "hansa.strategy"
    label = "strategy"
    verbose_name = _("Strategy")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hansa.strategy import permissions, thread  # noqa: F401  (permissions register their rules)
        from hansa.strategy.documents import permissions as _documents_permissions  # noqa: F401

        thread.register()
        for part in PARTS:
            import_module(f"hansa.strategy.{part}.permissions")
            import_module(f"hansa.strategy.{part}.registering").register()
