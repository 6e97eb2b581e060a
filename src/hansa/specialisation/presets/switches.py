"""What a preset is: a named bundle of switches, each with its setting and one sentence why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..results import Definition, Setting

Shown = Literal["figures", "statement"]

SWITCHES: dict[str, str] = {
    "unknown": "what an unknown cell is read as",
    "presence": "when a region holds a domain",
    "quotient_decimals": "decimals of the location quotient",
    "proximity": "how near two domains are",
    "relatedness_totals": "what S and T are in prob, association, cosine and Jaccard",
    "density_relatedness": "the relatedness that density adds up",
    "density_diagonal": "whether a domain counts for its own density",
    "density_scale": "1 for shares, 100 for percent",
    "density_decimals": "decimals of density",
    "complexity_method": "how ECI and PCI are solved for",
    "complexity_scale": "the unit of ECI and PCI",
    "matrix_decimals": "decimals of the transition matrix that is solved",
    "pci_moments": "whose mean and deviation standardise PCI",
    "eci_sign": "which end of ECI is positive",
    "pci_sign": "which end of PCI is positive",
    "reflections_orders": "orders of the reflections of regions and of domains",
    "reflections_scale": "the unit of reflections",
    "reflections_domain_sign": "which end of the domains' reflections is positive",
    "fitness_iterations": "steps after which fitness stops; None is the limit",
    "fitness_update": "whether complexity uses the fitness of the same step or of the one before",
    "fitness_limit": "whether converged fitness is offered besides",
    "outlook_complexity": "the complexity of domains that the outlook adds up",
    "outlook_diagonal": "whether a domain counts for itself in the outlook",
    "outlook_zero": "the complexity that counts nothing",
    "outlook_standardised": "whether COI has mean 0 and deviation 1",
    "gain_divide_by": "whose proximities divide an outlook gain",
    "gain_own_term": "whether what the domain itself added to the outlook is taken off",
    "gain_of_held": "what stands for domains that are held already",
    "entropy_decimals": "decimals of entropy",
    "entropy_offset": "what is added inside the logarithm of entropy",
    "gini_decimals": "decimals of the Gini coefficient",
}
"""Every switch of a preset and what it decides; a preset without the switch does not offer the measure."""


@dataclass(frozen=True)
class Switch:
    """One setting, why the package has it, and how it is known.

    `shown` is "figures" where stored output of the package is reproduced with it, "statement" where only the package's
    description says so and no stored output could contradict it.
    """

    name: str
    setting: Setting
    why: str
    shown: Shown = "figures"


@dataclass(frozen=True)
class Preset:
    """The conventions of one package in one version; `definition` gives them as any result of Hansa does.

    `region_measures`, `domain_measures`, `cell_measures` (regions x domains) and `pair_measures` (domains x domains)
    name what it offers, under Hansa's names; `eci` and `pci` of EconGeo are what it calls KCI and TCI.
    """

    name: str
    version: str
    switches: tuple[Switch, ...]
    region_measures: tuple[str, ...]
    domain_measures: tuple[str, ...]
    cell_measures: tuple[str, ...]
    pair_measures: tuple[str, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure it offers."""
        return self.region_measures + self.domain_measures + self.cell_measures + self.pair_measures

    @property
    def definition(self) -> Definition:
        """Its settings, by name."""
        settings = {switch.name: switch.setting for switch in self.switches}
        return Definition.of(preset=self.name, version=self.version).extended(**settings)

    def __getitem__(self, name: str) -> Setting:
        """A setting; None where the package has no such convention."""
        return next((switch.setting for switch in self.switches if switch.name == name), None)

    def number(self, name: str) -> int | None:
        """A setting that is a whole number, or None."""
        found = self[name]
        return found if isinstance(found, int) else None

    def why(self, name: str) -> str:
        """One sentence on a switch, empty where the package has no such convention."""
        return next((switch.why for switch in self.switches if switch.name == name), "")
