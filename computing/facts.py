"""What one step of a build tells the next, and the manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from indicators.need import Rates

if TYPE_CHECKING:
    from computing.nearby import Nearby


@dataclass
class Facts:
    """`rates`: the edition's, brought to its benchmark, the central ones first; `unreached`: capacity by reach;
    `agreement`: measures compared, and whether they agree as asked; `compared_on`: by level, the census measures by
    which areas are called similar; `against_previous`: by kind, published counts that tell more once those of the
    version before are subtracted (`indicators.disclosure.differencing`: versions, withdrawn)."""

    rates: list[Rates] = field(default_factory=list)
    unreached: dict[str, float] = field(default_factory=dict)
    nearby: Nearby | None = None
    agreement: list[dict[str, Any]] = field(default_factory=list)
    compared_on: dict[str, list[str]] = field(default_factory=dict)
    against_previous: dict[str, int] = field(default_factory=dict)
