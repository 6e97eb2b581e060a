from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hansa.evidence import EvidenceError
from hansa.site.loading import load_folder
from hansa.strategy import figures


class Command(BaseCommand):
    help = "Load a folder of tables: activity tables, regions, organisations and projects, each with its origin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = load_folder(options["folder"], figures.store(), self.stdout.write)
        except EvidenceError as fault:
            raise CommandError(str(fault)) from None
        if report.left and not report.loaded:
            raise CommandError("Nothing could be loaded; the reasons stand above.")
