import gc
import logging
import os
import threading
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.site.settings")
application = get_wsgi_application()

# the views are loaded now and not by the first reader; and what the program itself consists of is never garbage, so
# looking through it again and again would only slow every page down
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 20)


def _warm() -> None:
    """Load the language model and the labels before the first broker waits for them; who comes sooner only waits."""
    from hansa.brokerage import catalogue

    try:
        catalogue.greet()
    except (DatabaseError, OSError, RuntimeError):
        logging.getLogger(__name__).exception("The catalogue could not be made ready; the first search will try again.")
    finally:
        connections.close_all()


threading.Thread(target=_warm, name="warm", daemon=True).start()
