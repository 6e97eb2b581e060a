"""One settings module for every installation; what differs comes from HANSA_HOME and a few HANSA_* variables."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from hansa.site.ops.database import django_databases
from hansa.site.ops.home import home_folder, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
HANSA_HOME: Path = home_folder()
SECRET_KEY = secret_key(HANSA_HOME)
DEBUG = os.environ.get("HANSA_DEBUG") == "1"
ALLOWED_HOSTS = [host for host in os.environ.get("HANSA_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("HANSA_ORIGINS", "").split(",") if origin]
HTTPS = os.environ.get("HANSA_HTTPS") == "1"

INSTALLED_APPS = [
    "hansa.site",
    "hansa.monitoring",
    "hansa.brokerage",
    "hansa.catalogue",
    "hansa.strategy",
    "hansa.network",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hansa.site.api.middleware.problems",
    "hansa.network.middleware.no_nul",
    "hansa.network.middleware.acting_person",
]

ROOT_URLCONF = "hansa.site.urls"
WSGI_APPLICATION = "hansa.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hansa.site.context.shell",
            ],
            "builtins": ["hansa.site.templatetags.hansa"],
        },
    }
]

DATABASES = django_databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "network.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if os.environ.get("HANSA_TESTING") == "1":
    # a strong hash is slow on purpose; hundreds of tests make people with passwords
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "hansa.network.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
LOGIN_REDIRECT_URL = "today"
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = "today"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("pl", _("Polish"))]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "hansa.site.formats"
USE_TZ = True
TIME_ZONE = os.environ.get("HANSA_TIME_ZONE", "Europe/Warsaw")

STATIC_URL = "/static/"
STATIC_ROOT = HANSA_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False
if DEBUG or os.environ.get("HANSA_TESTING") == "1":
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
STATICFILES_DIRS = [HANSA_HOME / "bundle"] if (HANSA_HOME / "bundle").is_dir() else []

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# where this installation is reached, for links in e-mails, calendars and feeds that no request asked for
HANSA_ADDRESS = (
    os.environ.get("HANSA_ADDRESS", "")
    or next(iter(CSRF_TRUSTED_ORIGINS), "")
    or ("https://{}" if HTTPS else "http://{}:8000").format((ALLOWED_HOSTS or ["localhost"])[0])
).rstrip("/")

EMAIL_HOST = os.environ.get("HANSA_EMAIL_HOST", "")
EMAIL_TLS = os.environ.get("HANSA_EMAIL_TLS", "starttls")
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_TLS == "starttls", EMAIL_TLS == "ssl"
EMAIL_PORT = int(os.environ.get("HANSA_EMAIL_PORT", "") or {"ssl": 465, "none": 25}.get(EMAIL_TLS, 587))
EMAIL_HOST_USER = os.environ.get("HANSA_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("HANSA_EMAIL_PASSWORD", "")
EMAIL_TIMEOUT = 30
EMAIL_BACKEND = os.environ.get("HANSA_EMAIL_BACKEND", "") or (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
)
DEFAULT_FROM_EMAIL = os.environ.get("HANSA_EMAIL_FROM", "hansa@localhost")

HANSA_WEBHOOKS_LOCAL = os.environ.get("HANSA_WEBHOOKS_LOCAL") == "1"
HANSA_TRANSLATOR = os.environ.get("HANSA_TRANSLATOR", "")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("HANSA_LOG_LEVEL", "WARNING")},
}
