"""Presets: the conventions of other packages, bundled, so that their published figures can be matched on demand.

Hansa's own definitions are not touched by any of this. A preset copies conventions (which diagonal, which sign, which
rounding), never faults: where a package breaks down, its preset answers NaN or what Hansa answers.
"""

from .peers import PRESETS, preset
from .reproduction import Reproduced, preset_measures, reproduce
from .switches import SWITCHES, Preset, Switch

__all__ = ["PRESETS", "SWITCHES", "Preset", "Reproduced", "Switch", "preset", "preset_measures", "reproduce"]
