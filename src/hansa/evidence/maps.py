"""A small map: the polygons that draw each region, thinned and wound for drawing on a sphere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hansa.evidence.errors import EvidenceError, fault

ATTRIBUTION = "© EuroGeographics for the administrative boundaries"
"""Eurostat's condition for showing GISCO boundaries: print it under every map."""

MAP_BYTES = 350_000
_DECIMALS = 2
_TOLERANCES = (0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.2)
_SPECK = 0.1
_WEST, _SOUTH, _EAST = -25.0, 33.0, 47.0

Ring = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """A region with figures and the polygons that draw it."""

    code: str
    name: str
    polygons: tuple[str, ...]
    approximate: bool = False


def read_geometry(path: Path | str) -> dict[str, dict[str, Any]]:
    """Features of a GeoJSON file by their property `nuts`. Raises `EvidenceError`."""
    path = Path(path)
    try:
        collection = json.loads(path.read_bytes())
        features = {feature["properties"]["nuts"]: feature for feature in collection["features"]}
        for feature in features.values():
            _rings(feature["geometry"])
            str(feature["properties"]["name"])
    except OSError as error:
        raise fault(path, f"the file cannot be read ({error.strerror})", "check the path") from None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        what = f"this is no GeoJSON of NUTS polygons ({type(error).__name__}: {error})"
        raise fault(path, what, "give a FeatureCollection with the properties nuts and name") from None
    return features


def geometry_names(features: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Code -> name of the polygons."""
    return {code: str(feature["properties"]["name"]) for code, feature in features.items()}


def build_map(
    regions: Iterable[Drawn], features: Mapping[str, Mapping[str, Any]], *, context: bool = True, limit: int = MAP_BYTES
) -> bytes:
    """A GeoJSON FeatureCollection of at most `limit` bytes, one feature per region that has a polygon.

    Properties: `code`, `name`, `remote` (far from the continent: frame the map without it), `approximate` (drawn by
    polygons that are not quite its area), `figures` (false for land drawn only as surroundings, kept with
    `context=True`). Coordinates are degrees with two decimals. Exterior rings run clockwise, as d3-geo and Vega want
    and RFC 7946 does not: wound the other way a polygon is everything outside it. Islands under a tenth of a degree
    across are left out unless they are all there is of a region. Lines are thinned as little as the
    limit demands (Douglas and Peucker 1973). Raises `EvidenceError` when even the coarsest lines are too many.
    """
    wanted = list(regions)
    drawn = {polygon for region in wanted for polygon in region.polygons}
    plan = [(region, True) for region in wanted if any(polygon in features for polygon in region.polygons)]
    if context:
        names = geometry_names(features)
        plan += [(Drawn(code, names[code], (code,)), False) for code in sorted(features) if code not in drawn]

    shapes = [_shape(region, figures, features) for region, figures in plan]

    def at(tolerance: float) -> bytes:
        body = [_feature(shape, tolerance) for shape in shapes]
        collection = {"type": "FeatureCollection", "attribution": ATTRIBUTION, "features": body}
        return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()

    low, high, best = 0, len(_TOLERANCES) - 1, b""
    while low < high:
        middle = (low + high) // 2
        content = at(_TOLERANCES[middle])
        if len(content) <= limit:
            high, best = middle, content
        else:
            low = middle + 1
    best = best or at(_TOLERANCES[high])
    if len(best) > limit:
        raise EvidenceError(f"The map needs {len(best):,} bytes where {limit:,} are allowed; raise the limit.")
    return best


def is_remote(lon: float, lat: float) -> bool:
    """Whether a point lies outside the frame in which Europe is drawn (overseas regions, Atlantic islands)."""
    return not (_WEST <= lon <= _EAST and lat >= _SOUTH)


@dataclass(frozen=True)
class _Weighted:
    """An open, rounded ring and how far from the thinned line each of its points would lie without it."""

    points: Ring
    weights: Ring


@dataclass(frozen=True)
class _Shape:
    properties: dict[str, Any]
    polygons: list[list[_Weighted]]


def _shape(region: Drawn, figures: bool, features: Mapping[str, Mapping[str, Any]]) -> _Shape:
    parts = [features[polygon] for polygon in region.polygons if polygon in features]
    polygons = [polygon for part in parts for polygon in _rings(part["geometry"])]
    polygons.sort(key=lambda polygon: -abs(signed_area(polygon[0])))
    lon, lat = polygons[0][0].mean(axis=0)
    visible = polygons[:1] + [polygon for polygon in polygons[1:] if np.ptp(polygon[0], axis=0).max() >= _SPECK]
    properties: dict[str, Any] = {"code": region.code, "name": region.name}
    properties |= {"remote": is_remote(lon, lat), "approximate": region.approximate, "figures": figures}
    return _Shape(properties, [[_weighted(ring) for ring in polygon] for polygon in visible])


def _weighted(ring: Ring) -> _Weighted:
    points = np.round(ring, _DECIMALS)
    points = points[np.any(points != np.concatenate([points[-1:], points[:-1]]), axis=1)]
    return _Weighted(*weigh(points))


def _feature(shape: _Shape, tolerance: float) -> dict[str, Any]:
    kept = [thinned for polygon in shape.polygons if (thinned := _thinned(polygon, tolerance))]
    if not kept:
        kept = [_thinned(shape.polygons[0], 0.0)]
    geometry = {"type": "MultiPolygon", "coordinates": kept}
    return {"type": "Feature", "properties": shape.properties, "geometry": geometry}


def _rings(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    """Polygons of a geometry, each a list of rings (the first is the exterior) of shape (n, 2), not closed."""
    coordinates = geometry["coordinates"]
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"geometry of type {geometry['type']}")
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    return [[np.asarray(ring, dtype=np.float64)[:-1, :2] for ring in polygon] for polygon in polygons]


def _thinned(polygon: list[_Weighted], tolerance: float) -> list[list[list[float]]]:
    """Thinned and wound rings; empty when the exterior has shrunk to nothing."""
    rings: list[list[list[float]]] = []
    for index, ring in enumerate(polygon):
        points = ring.points[ring.weights > tolerance] if tolerance > 0 else ring.points
        area = signed_area(points) if len(points) >= 3 else 0.0
        if abs(area) <= tolerance**2:
            if index == 0:
                return []
            continue
        clockwise = area < 0
        if clockwise != (index == 0):
            points = points[::-1]
        rings.append([[_short(lon), _short(lat)] for lon, lat in [*points.tolist(), points[0].tolist()]])
    return rings


def _short(number: float) -> float:
    rounded = round(float(number), _DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def signed_area(ring: Ring) -> float:
    """Planar area of an open ring in square degrees, positive when it runs anticlockwise (shoelace formula)."""
    x, y = ring[:, 0], ring[:, 1]
    return float(x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]) / 2


def thin(ring: Ring, tolerance: float) -> Ring:
    """An open ring without the points within `tolerance` degrees of the line that is left (Douglas, Peucker 1973)."""
    points, weights = weigh(ring)
    return np.asarray(points[weights > tolerance])


def weigh(ring: Ring) -> tuple[Ring, Ring]:
    """The ring from its westernmost point on, and for each point the largest tolerance that still keeps it.

    The ring is cut at that point and at the one farthest from it, which are always kept; so the result does not depend
    on where the ring started. A part of a line weighs no more than the line it was split from, hence one pass of
    Douglas and Peucker's procedure serves every tolerance.
    """
    if len(ring) < 5:
        return ring, np.full(len(ring), np.inf)
    start = int(np.lexsort((ring[:, 1], ring[:, 0]))[0])
    ring = np.concatenate([ring[start:], ring[:start]])
    far = int(np.argmax(np.hypot(*(ring - ring[0]).T)))
    closed = np.concatenate([ring, ring[:1]])
    weights = np.zeros(len(closed))
    weights[[0, far, len(ring)]] = np.inf
    spans = [(0, far, np.inf), (far, len(ring), np.inf)]
    while spans:
        low, high, bound = spans.pop()
        if high - low < 2:
            continue
        distances = _distances(closed[low + 1 : high], closed[low], closed[high])
        index = int(distances.argmax())
        weight = min(bound, float(distances[index]))
        if weight < _TOLERANCES[1]:
            continue
        middle = low + 1 + index
        weights[middle] = weight
        spans += [(low, middle, weight), (middle, high, weight)]
    return ring, weights[:-1]


def _distances(points: Ring, start: Ring, end: Ring) -> Ring:
    """Distance of each point from the segment start-end, in degrees."""
    line = end - start
    length = float(line @ line)
    if length == 0:
        return np.asarray(np.hypot(*(points - start).T))
    along = np.clip((points - start) @ line / length, 0, 1)
    return np.asarray(np.hypot(*(points - (start + along[:, None] * line)).T))
