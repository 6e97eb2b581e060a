from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hansa.evidence import EvidenceError
from hansa.site.starter.loading import load_starter


class Command(BaseCommand):
    help = "Load the starter partnership once: regions, organisations, statistics, role accounts, a first run."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            load_starter(self.stdout.write)
        except EvidenceError as fault:
            raise CommandError(str(fault)) from None
