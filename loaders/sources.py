"""The list of loaders: a source of an edition names one of these."""

from __future__ import annotations

from collections.abc import Callable

from loaders import (
    blocks,
    boundaries,
    census,
    census_profile,
    clients,
    contact_records,
    deprivation,
    districts,
    geography,
    hsds,
    icarol,
    mapped,
    place_counts,
    prevalence,
    programme_list,
    referrals,
    services,
    simulate,
    simulate_listing,
    simulate_referrals,
    statcan_table,
    tables,
    wellsky,
)
from loaders.draft import Draft
from loaders.edition import Source

LOADERS: dict[str, Callable[[Draft, Source], None]] = {
    "area_values": census.area_values,
    "areas": boundaries.areas,
    "blocks": blocks.blocks,
    "census_profile": census_profile.census_profile,
    "clients": clients.clients,
    "contact_records": contact_records.contact_records,
    "contacts_by_place": referrals.contacts_by_place,
    "crosswalk": blocks.crosswalk,
    "dissolve": boundaries.dissolve,
    "district_facts": districts.district_facts,
    "hsds": hsds.hsds,
    "icarol": icarol.icarol,
    "index_of_region": deprivation.index_of_region,
    "index_with_values": deprivation.index_with_values,
    "mapped": mapped.mapped,
    "material_social": deprivation.material_social,
    "overpass": services.overpass,
    "packaged_districts": districts.packaged_districts,
    "place_counts": place_counts.place_counts,
    "prevalence": prevalence.prevalence,
    "programme_list": programme_list.programme_list,
    "referral_table": tables.referral_table,
    "relationships": geography.relationships,
    "service_points": services.service_points,
    "service_table": services.service_table,
    "simulated_clients": simulate_referrals.simulated_clients,
    "simulated_points": simulate.simulated_points,
    "simulated_referrals": simulate_referrals.simulated_referrals,
    "simulated_services": simulate_listing.simulated_services,
    "statcan_table": statcan_table.statcan_table,
    "table": tables.table,
    "wellsky": wellsky.wellsky,
}
