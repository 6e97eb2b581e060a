"""Smart specialisation across borders on one thread: evidence, priorities, brokerage, monitoring."""

__version__ = "0.1.0"
