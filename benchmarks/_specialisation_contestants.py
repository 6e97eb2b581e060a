"""Who is measured: Hansa in several ways, the floors and the peers, each with what it takes and what it does.

Read by Hansa's Python and by the peers', so each contestant is imported only where it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

YEAR, PANEL, PAIRS = "year", "panel", "pairs"
FIRST = ("hansa", "floor, single", "floor, double")
"""Those that are compared most closely and therefore measured most often."""


@dataclass(frozen=True)
class Contestant:
    """How one contestant takes a table, what it does in the measured call, and what of its result is compared.

    `needs` are imported before the call; `taken` turns the loaded input into what `done` wants, not measured;
    `told` gives arrays under the names of the reference, and `diagonal` is the density's convention.
    """

    needs: tuple[str, ...]
    taken: Callable[[Any], Any]
    done: Callable[[Any], Any]
    told: Callable[[Any], dict[str, Any]]
    diagonal: str = "exclude"


def same(given: Any) -> Any:
    return given


# Hansa


def labelled(values: Any) -> tuple[list[str], list[str], Any]:
    regions, domains = values.shape
    return [f"R{row:05d}" for row in range(regions)], [f"D{column:05d}" for column in range(domains)], values


def hansa(precision: str, quotient: bool = False) -> Contestant:
    def done(given: Any) -> Any:
        from hansa.specialisation import Activity, measures

        found = measures(Activity.from_matrix(*given), precision=precision)
        if quotient:
            _ = found.location_quotient
        return found

    def told(found: Any) -> dict[str, Any]:
        return {
            "held": found.presence.present,
            "eci": found.complexity.eci,
            "pci": found.complexity.pci,
            "proximity": found.proximity.values,
            "density": found.density.values,
        }

    return Contestant(("hansa.specialisation",), labelled, done, told)


# The floor


class Double(np.ndarray):
    """An array that stays in double precision when single is asked for: the floor as it stands, in double."""

    def astype(self, dtype: Any, *others: Any, **more: Any) -> Any:
        return super().astype(np.float64 if dtype is np.float32 else dtype, *others, **more)


def plain_floor(taken: Callable[[Any], Any]) -> Contestant:
    def done(values: Any) -> Any:
        from benchmarks._specialisation_floor import floor

        return floor(values)

    return Contestant(("benchmarks._specialisation_floor",), taken, done, same)


def doubled(values: Any) -> Any:
    return values.view(Double)


# The peers


def long_frame(values: Any) -> Any:
    """What is not zero as a long table with whole numbers for labels, the only input that ecomplexity has."""
    import pandas as pd

    years = values if isinstance(values, list) else [values]
    parts = []
    for year, matrix in enumerate(years):
        rows, columns = np.nonzero(matrix)
        parts.append(pd.DataFrame({"t": year, "r": rows, "d": columns, "x": matrix[rows, columns]}))
    return pd.concat(parts, ignore_index=True)


def ecomplexity(frame: Any) -> Any:
    from ecomplexity import ecomplexity as measured

    names = {"time": "t", "loc": "r", "prod": "d", "val": "x"}
    return measured(frame, names, check_logsupermodularity=False, verbose=False)


def ecomplexity_told(found: Any) -> dict[str, Any]:
    found = found.sort_values(["r", "d"])
    shape = found["r"].nunique(), found["d"].nunique()
    cells = {name: found[name].to_numpy(dtype=float).reshape(shape) for name in ("mcp", "eci", "pci", "density")}
    return {
        "held": cells["mcp"] > 0,
        "eci": cells["eci"][:, 0],
        "pci": cells["pci"][0],
        "density": cells["density"],
    }


def econcomplex(values: Any) -> dict[str, Any]:
    import econcomplex as ec

    held = ec.mcp(values)
    eci, pci = ec.eci_pci(held, use_rca=False, threshold=0.5)
    phi = ec.proximity(held, use_rca=False, threshold=0.5, compute="product")["product"]
    density = ec.relatedness_density(held, phi=phi, use_rca=False, threshold=0.5)
    return {"held": held, "eci": eci, "pci": pci, "proximity": phi, "density": density}


def economic_complexity(frame: Any) -> dict[str, Any]:
    import economic_complexity as ec

    quotients = ec.rca(frame)
    eci, pci = ec.complexity(quotients)
    phi = ec.proximity(quotients)
    return {
        "quotients": quotients,
        "eci": eci,
        "pci": pci,
        "proximity": phi,
        "density": ec.relatedness(quotients, proximities=phi),
    }


def economic_complexity_told(found: dict[str, Any]) -> dict[str, Any]:
    told = {name: one.to_numpy() for name, one in found.items()}
    return {"held": told.pop("quotients") >= 1, **told}


def fermi(values: Any) -> dict[str, Any]:
    from fermi import ECPredictor, RelatednessMetrics, efc

    processor = efc()
    processor.load(values).compute_rca().binarize()
    eci, pci = processor.get_eci_pci()
    held = processor.get_matrix()
    phi = RelatednessMetrics(held).get_projection(rows=False, projection_method="proximity").toarray()
    density = ECPredictor(held, normalize=True).predict_network(phi)
    return {"held": held, "eci": eci, "pci": pci, "proximity": phi, "density": density}


def fermi_told(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "held": found["held"].toarray() > 0, "density": np.asarray(found["density"])}


def frame_of(values: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(values)


YEARLY: dict[str, Contestant] = {
    "hansa": hansa("auto"),
    "hansa, double": hansa("double"),
    "hansa, single": hansa("single"),
    "hansa and quotients": hansa("auto", quotient=True),
    "floor, single": plain_floor(same),
    "floor, double": plain_floor(doubled),
    "ecomplexity": Contestant(("pandas", "ecomplexity"), long_frame, ecomplexity, ecomplexity_told, "include"),
    "econcomplex": Contestant(
        ("econcomplex",), same, econcomplex, lambda found: {**found, "density": found["density"] / 100}
    ),
    "economic-complexity": Contestant(
        ("pandas", "economic_complexity"), frame_of, economic_complexity, economic_complexity_told
    ),
    "fermi-cref": Contestant(("fermi",), same, fermi, fermi_told, "include"),
}
"""ECI, PCI, proximity and density of one year."""

# Twenty years: every year is read when its turn comes, and only its ECI and PCI are kept


def year_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npy"))


def looped(name: str) -> Contestant:
    one = YEARLY[name]

    def done(folder: Path) -> dict[str, Any]:
        kept = []
        for path in year_files(folder):
            found = one.done(one.taken(np.load(path)))
            kept.append((np.asarray(found["eci"]), np.asarray(found["pci"])))
        return gathered(kept)

    return Contestant(one.needs, same, done, same)


def gathered(kept: Any) -> dict[str, Any]:
    return {name: np.array([year[place] for year in kept]) for place, name in enumerate(("eci", "pci"))}


def indices(activity: Any) -> tuple[Any, Any]:
    from hansa.specialisation import measures

    found = measures(activity)
    return found.complexity.eci, found.complexity.pci


def walked(panel: Any) -> dict[str, Any]:
    return gathered(panel.over_years(indices).values())


def panel_of_files(folder: Path) -> Any:
    from hansa.specialisation import Activity, Panel

    files = year_files(folder)

    def load(year: int) -> Any:
        return Activity.from_matrix(*labelled(np.load(files[year])), year=year)

    return Panel(tuple(range(len(files))), load)


def two_years_held(folder: Path) -> dict[str, Any]:
    from hansa.specialisation import measures

    panel = panel_of_files(folder)
    held = [measures(panel[year]) for year in (0, 1)]
    return gathered([(one.complexity.eci, one.complexity.pci) for one in held])


def arrow_table(folder: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(folder / "long.parquet", read_dictionary=["region", "domain"], use_threads=False)


def walked_table(table: Any) -> dict[str, Any]:
    from hansa.specialisation import Panel

    return walked(Panel.from_table(table))


def relation(folder: Path) -> Any:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    return connection.read_parquet(str(folder / "long.parquet"))


def frame_of_years(folder: Path) -> Any:
    return long_frame([np.load(path) for path in year_files(folder)])


def indices_of_years(found: Any) -> dict[str, Any]:
    found = found.sort_values(["t", "r", "d"])
    shape = found["t"].nunique(), found["r"].nunique(), found["d"].nunique()
    return {
        "eci": found["eci"].to_numpy(dtype=float).reshape(shape)[:, :, 0],
        "pci": found["pci"].to_numpy(dtype=float).reshape(shape)[:, 0],
    }


ARROW, DUCKDB, HELD = "hansa, one Arrow table", "hansa, one DuckDB relation", "hansa, two years held at once"
HANSA = ("hansa.specialisation",)
PANELS: dict[str, Contestant] = {
    "hansa": Contestant(HANSA, same, lambda folder: walked(panel_of_files(folder)), same),
    ARROW: Contestant((*HANSA, "pyarrow.parquet"), arrow_table, walked_table, same),
    DUCKDB: Contestant((*HANSA, "duckdb"), relation, walked_table, same),
    HELD: Contestant(HANSA, same, two_years_held, same),
    "floor, single": looped("floor, single"),
    "floor, double": looped("floor, double"),
    "ecomplexity": Contestant(("pandas", "ecomplexity"), frame_of_years, ecomplexity, indices_of_years),
    "econcomplex": looped("econcomplex"),
    "economic-complexity": looped("economic-complexity"),
    "fermi-cref": looped("fermi-cref"),
}
"""The same for each year of a panel."""

# Complementarity of all pairs


def held_and_weights(values: Any) -> tuple[Any, Any]:
    from hansa.specialisation import Activity, presence
    from hansa.specialisation.relatedness import proximity_from, proximity_per_total

    held = presence(Activity.from_matrix(*labelled(values)))
    _ = held.lacked, held.assessed_regions
    return held, proximity_per_total(proximity_from(held, "double"))


def bare_matrices(number: type) -> Callable[[Any], tuple[Any, ...]]:
    def taken(values: Any) -> tuple[Any, ...]:
        held, weights = held_and_weights(values)
        return tuple(np.asarray(one, dtype=number) for one in (held.lacked, weights, held.present.T))

    return taken


def bare_products(given: tuple[Any, ...]) -> Any:
    lacked, weights, present = given
    return (lacked @ weights) @ present


def nothing(given: Any) -> dict[str, Any]:
    return {}


def all_pairs(precision: str) -> Contestant:
    def done(given: tuple[Any, Any]) -> Any:
        from hansa.specialisation.partners import complementarity_from

        return complementarity_from(*given, precision=precision).mean_added_density

    return Contestant(HANSA, held_and_weights, done, lambda found: {"mean": found})


def from_activity(values: Any) -> Any:
    from hansa.specialisation import Activity, complementarity

    return complementarity(Activity.from_matrix(*labelled(values))).mean_added_density


PAIRED: dict[str, Contestant] = {
    "hansa, double": all_pairs("double"),
    "hansa, single": all_pairs("single"),
    "hansa, double, from the table": Contestant(HANSA, same, from_activity, lambda found: {"mean": found}),
    "two products, double": Contestant(HANSA, bare_matrices(np.float64), bare_products, nothing),
    "two products, single": Contestant(HANSA, bare_matrices(np.float32), bare_products, nothing),
}
KINDS = {YEAR: YEARLY, PANEL: PANELS, PAIRS: PAIRED}
