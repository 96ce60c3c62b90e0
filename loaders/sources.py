"""The list of loaders: a source of an edition names one of these."""

from __future__ import annotations

from collections.abc import Callable

from loaders import (
    blocks,
    boundaries,
    census,
    deprivation,
    districts,
    prevalence,
    referrals,
    services,
    simulate,
    simulate_listing,
    simulate_referrals,
    tables,
)
from loaders.draft import Draft
from loaders.edition import Source

LOADERS: dict[str, Callable[[Draft, Source], None]] = {
    "area_values": census.area_values,
    "areas": boundaries.areas,
    "blocks": blocks.blocks,
    "contacts_by_place": referrals.contacts_by_place,
    "crosswalk": blocks.crosswalk,
    "dissolve": boundaries.dissolve,
    "district_facts": districts.district_facts,
    "index_of_region": deprivation.index_of_region,
    "index_with_values": deprivation.index_with_values,
    "overpass": services.overpass,
    "packaged_districts": districts.packaged_districts,
    "prevalence": prevalence.prevalence,
    "referral_table": tables.referral_table,
    "service_points": services.service_points,
    "service_table": services.service_table,
    "simulated_clients": simulate_referrals.simulated_clients,
    "simulated_points": simulate.simulated_points,
    "simulated_referrals": simulate_referrals.simulated_referrals,
    "simulated_services": simulate_listing.simulated_services,
    "table": tables.table,
}
