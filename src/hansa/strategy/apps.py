from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StrategyConfig(AppConfig):
    name = "hansa.strategy"
    label = "strategy"
    verbose_name = _("Strategy")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hansa.strategy import permissions, thread  # noqa: F401  (permissions register their rules)
        from hansa.strategy.plan import permissions as plan_permissions  # noqa: F401
        from hansa.strategy.plan import registering as plan
        from hansa.strategy.recommendations import permissions as recommendation_permissions  # noqa: F401
        from hansa.strategy.recommendations import registering as recommendations

        thread.register()
        plan.register()
        recommendations.register()
