"""Charts of specialisation measures, as Altair objects that carry their own data.

Altair is optional: it is imported when a chart is drawn, and a sentence says what to install when it is missing.
Every chart states its unit, source and year in its title, as the caller words them, and loads nothing from anywhere.
"""

from .look import Caption
from .nested import nested_presence
from .network import proximity_network
from .partners import complementarity_matrix, partner_map
from .plane import opportunity_plane
from .ranks import rank_chart

__all__ = [
    "Caption",
    "complementarity_matrix",
    "nested_presence",
    "opportunity_plane",
    "partner_map",
    "proximity_network",
    "rank_chart",
]
