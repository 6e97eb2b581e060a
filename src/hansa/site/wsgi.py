import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.site.settings")
application = get_wsgi_application()

# the views are loaded now and not by the first reader; and what the program itself consists of is never garbage, so
# looking through it again and again would only slow every page down
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 20)
