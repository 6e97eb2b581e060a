"""Coarser tables: divisions from classes, NUTS 2 from NUTS 3, without turning unknown into zero."""

from __future__ import annotations

from typing import Any

from hansa.evidence.errors import EvidenceError
from hansa.evidence.table import SCHEMA, ActivityTable


def expression(table: ActivityTable) -> Any:
    """The table as an Ibis expression (DuckDB by default), for aggregations of one's own."""
    import ibis

    return ibis.memtable(table.table, schema=ibis.Schema.from_pyarrow(SCHEMA))


def roll_up(
    table: ActivityTable, *, region_digits: int | None = None, domain_digits: int | None = None, partial: bool = False
) -> ActivityTable:
    """Sum values over regions and domains cut to their first characters.

    `region_digits=4` makes NUTS 2 of NUTS 3; `domain_digits=2` makes divisions of NACE classes. Units must agree
    within a sum, else `EvidenceError`. A sum with an unknown part is unknown, flagged `incomplete`; with
    `partial=True` it is the sum of the known parts, flagged `partial`. A flag that all parts share is kept.
    """
    import ibis

    for name, digits in (("region_digits", region_digits), ("domain_digits", domain_digits)):
        if digits is not None and digits < 1:
            raise EvidenceError(f"{name} is {digits}; give the number of characters to keep, 1 or more.")
    rows = expression(table)
    region = rows.region if region_digits is None else rows.region.left(region_digits)
    domain = rows.domain if domain_digits is None else rows.domain.left(domain_digits)
    sums = rows.group_by(region=region, domain=domain, year=rows.year).aggregate(
        total=rows.value.sum(),
        known=rows.value.count(),
        parts=rows.count(),
        units=rows.unit.nunique(),
        unit=rows.unit.min(),
        source=rows.source.min(),
        flags=rows.flag.fill_null("").nunique(),
        flag=rows.flag.min(),
    )
    mixed = sums.filter(sums.units > 1).limit(1).to_pyarrow().to_pylist()
    if mixed:
        where = f"region {mixed[0]['region']}, domain {mixed[0]['domain']}"
        raise EvidenceError(f"The rows of {where} are in different units and cannot be added; choose one unit first.")
    whole = sums.known == sums.parts
    text = ibis.null("string")
    mark = ibis.literal("partial" if partial else "incomplete")
    shared = ibis.cases((sums.flags == 1, sums.flag), else_=text)
    result = sums.select(
        region=sums.region,
        domain=sums.domain,
        value=sums.total if partial else ibis.cases((whole, sums.total), else_=ibis.null("float64")),
        year=sums.year,
        unit=sums.unit,
        source=sums.source,
        flag=ibis.cases((whole, shared), (sums.parts == 1, sums.flag), (sums.known >= 0, mark), else_=text),
    ).order_by(["year", "region", "domain"])
    return ActivityTable(result.to_pyarrow().cast(SCHEMA), synthetic=table.synthetic)
