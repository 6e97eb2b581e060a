"""The jobs of the strategy room's parts, where the worker looks for them."""

from hansa.strategy.consultations.jobs import remind, send_links

__all__ = ["remind", "send_links"]
