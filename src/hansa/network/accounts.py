"""How people come in: invited by the lead partner, never by signing up on their own."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_noop

# allauth asks this in words that its Polish catalogue addresses to men; a text named here is translated by Hansa
OWN_WORDS = (gettext_noop("Forgot your password?"),)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
