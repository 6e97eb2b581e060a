"""The plain floor: what proximity, density, ECI and PCI cost in single precision with nothing but NumPy and SciPy.

No labels, no unknown cells, no empty rows, no sign, no check: as little as these four results can cost when each
formula is written down as it stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import eigsh


def floor(values: Any) -> dict[str, Any]:
    """Proximity, relatedness density, ECI and PCI of a matrix of values, each float32."""
    values = values.astype(np.float32)
    shares = values / values.sum(axis=1, keepdims=True)
    held = (shares >= (values.sum(axis=0) / values.sum())).astype(np.float32)
    del shares
    diversity, ubiquity = held.sum(axis=1), held.sum(axis=0)
    together = held.T @ held
    together /= np.maximum(ubiquity[:, None], ubiquity)
    density = held @ together
    density -= held
    density /= together.sum(axis=1) - 1
    scaled = held / np.sqrt(diversity)[:, None] / np.sqrt(ubiquity)
    del held
    by_region = len(diversity) <= len(ubiquity)
    gram = scaled @ scaled.T if by_region else scaled.T @ scaled
    _, vectors = eigsh(gram, k=2, which="LA")
    side = vectors[:, 0]
    left, right = (side, side @ scaled) if by_region else (scaled @ side, side)
    eci, pci = left / np.sqrt(diversity), right / np.sqrt(ubiquity)
    return {
        "proximity": together,
        "density": density,
        "eci": (eci - eci.mean()) / eci.std(),
        "pci": (pci - pci.mean()) / pci.std(),
    }
