"""The jobs of the strategy room's parts, where the worker looks for them."""

from hansa.strategy.consultations import jobs as consultations
from hansa.strategy.documents import jobs as documents

__all__ = ["consultations", "documents"]
