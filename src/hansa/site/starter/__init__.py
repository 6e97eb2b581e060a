"""The starter partnership: the regions, organisations and groups that Hansa is made for, and a first run."""

from hansa.site.starter.accounts import demonstration_accounts

__all__ = ["demonstration_accounts"]
