"""Property tests may take as long as a busy machine needs; small matrices gain nothing from BLAS threads."""

import os

from hypothesis import HealthCheck, settings

# Read when NumPy is first imported, so this must stand in a conftest.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.load_profile("untimed")
