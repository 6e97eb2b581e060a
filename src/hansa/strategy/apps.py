from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StrategyConfig(AppConfig):
    name = "hansa.strategy"
    label = "strategy"
    verbose_name = _("Strategy")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hansa.strategy import permissions, thread  # noqa: F401  (permissions register their rules)
        from hansa.strategy.documents import permissions as _documents_permissions  # noqa: F401
        from hansa.strategy.documents import registering as documents

        thread.register()
        documents.register()
