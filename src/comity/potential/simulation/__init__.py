"""What an agreement, its end, a tariff or a sanction would change: three tiers, never mixed.

`simulate` puts them together from a lake; each tier says what it leaves out.
"""

from comity.potential.simulation.effects import Depth, Effect, read_effects
from comity.potential.simulation.matrix import World, read_world
from comity.potential.simulation.products import Products, simulate_products
from comity.potential.simulation.scenario import (
    EMBARGO,
    Kind,
    Scenario,
    Side,
    Ways,
    read_fraction,
    read_scenario,
)
from comity.potential.simulation.tariff_file import Rate, read_tariffs
from comity.potential.simulation.tiers import LEAVES_OUT, Settings, Simulation, simulate
from comity.potential.simulation.worldwide import Worldwide, simulate_world

__all__ = [
    "EMBARGO",
    "LEAVES_OUT",
    "Depth",
    "Effect",
    "Kind",
    "Products",
    "Rate",
    "Scenario",
    "Settings",
    "Side",
    "Simulation",
    "Ways",
    "World",
    "Worldwide",
    "read_effects",
    "read_fraction",
    "read_scenario",
    "read_tariffs",
    "read_world",
    "simulate",
    "simulate_products",
    "simulate_world",
]
