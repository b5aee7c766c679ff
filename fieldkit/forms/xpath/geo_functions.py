"""ODK's functions for places: distance, area and geofence."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

from fieldkit.errors import FormError
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.library import Function, simple
from fieldkit.forms.xpath.values import Value, to_string
from fieldkit.i18n import _

__all__ = ["GEO_FUNCTIONS", "Point", "points_of"]

_RADIUS = 6_378_100.0
"""Radius of the Earth in metres that ODK's engines use."""

Point: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""


def _texts(values: tuple[Value, ...]) -> list[str]:
    texts: list[str] = []
    for value in values:
        if isinstance(value, str | float | int):
            texts.append(to_string(value))
        else:
            texts.extend([node.string_value() for node in value])
    return texts


def points_of(text: str) -> list[Point] | None:
    """Return the points of a geopoint, geotrace or geoshape; None where one of them is no point on Earth."""
    points: list[Point] = []
    for part in text.strip().rstrip("; \t\r\n").split(";"):
        numbers = part.split()
        if not 2 <= len(numbers) <= 4:
            return None
        try:
            values = [float(number) for number in numbers]
        except ValueError:
            return None
        if not (abs(values[0]) <= 90 and abs(values[1]) <= 180):
            return None
        points.append((values[0], values[1]))
    return points


def _all_points(values: tuple[Value, ...]) -> list[Point] | None:
    points: list[Point] = []
    texts = _texts(values)
    for text in texts:
        found = points_of(text)
        if found is None:
            return None
        points.extend(found)
    return points


def _between(one: Point, two: Point) -> float:
    """Return the great-circle distance of two points in metres."""
    latitude, other = math.radians(one[0]), math.radians(two[0])
    half = math.sin((other - latitude) / 2) ** 2
    half += math.cos(latitude) * math.cos(other) * math.sin(math.radians(two[1] - one[1]) / 2) ** 2
    return 2 * _RADIUS * math.asin(min(1.0, math.sqrt(half)))


def _distance(_context: Context, *values: Value) -> float:
    points = _all_points(values)
    if points is None or len(points) < 2:
        raise FormError("XPATH-107", _("distance() needs points: latitude and longitude, separated by semicolons."))
    total = sum(_between(one, two) for one, two in pairwise(points))
    return round(total, 2)


def _area(_context: Context, *values: Value) -> float:
    points = _all_points(values)
    if points is None or len(points) < 3:
        return 0.0
    total = 0.0
    for one, two in zip(points, [*points[1:], points[0]], strict=True):
        east = math.radians(two[1] - one[1])
        total += east * (2 + math.sin(math.radians(one[0])) + math.sin(math.radians(two[0])))
    return round(abs(total * _RADIUS * _RADIUS / 2), 2)


def _geofence(_context: Context, point: str, shape: str) -> bool:
    places, corners = points_of(point), points_of(shape)
    if places is None or len(places) != 1 or not corners or len(corners) < 4 or corners[0] != corners[-1]:
        return False
    latitude, longitude = places[0]
    is_inside = False
    # A ray along the parallel, as in ODK's engines: it decides which places on the border count.
    for (lat1, lon1), (lat2, lon2) in pairwise(corners):
        if (lat1 > latitude) != (lat2 > latitude):
            crossing = (lon1 - lon2) * (latitude - lat2) / (lat1 - lat2) + lon2
            is_inside ^= longitude < crossing
    return is_inside


GEO_FUNCTIONS: tuple[Function, ...] = (
    simple("distance", ("value",), "number", _distance, rest=True),
    simple("area", ("value",), "number", _area),
    simple("geofence", ("string", "string"), "boolean", _geofence),
)
"""Functions of places."""
