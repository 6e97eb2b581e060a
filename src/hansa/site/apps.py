from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "hansa.site"
    label = "hansa_site"
    verbose_name = "Hansa"
