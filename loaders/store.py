"""The published file, opened read-only: the only SQL the app runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from loaders import incomplete, vintages
from loaders.answers import Answers
from loaders.catalog import LoadError
from loaders.older import as_today
from loaders.publish import Serving, current, edition_id, fault, manifest, published, rollback, serving, versions_folder

__all__ = [
    "Store", "current_version", "edition_id", "give_back", "known_versions", "now_serving", "open_store", "readable",
]

# A query that runs longer than this is stopped: no page needs it, and others wait behind it. DuckDB answers an
# interrupt within some tens of milliseconds: the reader waits less than five seconds.
LIMIT_SECONDS = 4.5

_AREA = """
    area_id, level, kind, code, name_fr, name_en, fr_in, fr_of, en_in, place_fr, vintage,
    population, households, land_km2, lon, lat
"""


class Store:
    """One version of one edition. Every method gives a frame, in a stated order; nothing can be written."""

    def __init__(self, path: Path, facts: dict[str, Any]) -> None:
        """Open the file at `path`; `facts` is its manifest."""
        self.facts = facts
        self.edition: str = facts["edition"]
        self.version: str = facts["version"]
        self.listing_incomplete = incomplete.declared(facts["settings"])
        self._con = duckdb.connect(str(path), read_only=True, config={
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            # No page needs a tenth of this. Past it a query fails, and does not spill beside the versions: a full
            # disk would stop the next build. DuckDB counts most of what it takes, not all: the process may double it.
            "memory_limit": "400MB", "max_temp_directory_size": "0MB", "threads": 2,
            "enable_external_access": False, "lock_configuration": True,
        })
        self._answers = Answers(self._con, as_today(self._con))

    def _frame(self, sql: str, *parameters: object) -> pd.DataFrame:
        return self._answers.frame(sql, parameters, LIMIT_SECONDS)

    def _told(self, sql: str, *parameters: object, of: str = "") -> pd.DataFrame:
        rows = self._frame(sql, *parameters)
        return incomplete.bounded(rows, of) if self.listing_incomplete else rows

    def listing_side(self, indicator_id: str) -> str:
        """`most` or `least` where an incomplete listing leaves an indicator one limit; else empty."""
        return incomplete.side(indicator_id) if self.listing_incomplete else ""

    @property
    def settings(self) -> dict[str, Any]:
        """Settings, view and need tables of the edition this version was built with."""
        return self.facts["settings"]

    def setting(self, name: str) -> Any:
        """One setting of the edition."""
        return self.settings["settings"][name]

    def levels(self) -> list[str]:
        """Levels that can be shown, in the edition's order; blocks hold people, not indicators."""
        return [level for level in self.settings["levels"] if level != "block"]

    def areas(self, level: str) -> pd.DataFrame:
        """Areas of a level without their limits, by area_id."""
        return self._frame(f"SELECT {_AREA} FROM area WHERE level = ? ORDER BY area_id", level)

    def area(self, area_id: str) -> pd.Series | None:
        """One area, or None where this version does not know it."""
        found = self._frame(f"SELECT {_AREA} FROM area WHERE area_id = ?", area_id)
        return None if found.empty else found.iloc[0]

    def within(self, area_id: str) -> dict[str, str]:
        """level -> the area of that level where most residents of `area_id` live; a level it is not in is left out."""
        rows = self._frame("""
            SELECT parent_level, parent_id FROM area_link JOIN area a ON a.area_id = child_id AND a.level = child_level
            WHERE child_id = ? QUALIFY row_number()
                OVER (PARTITION BY parent_level ORDER BY population_weight DESC, parent_id) = 1
        """, area_id)
        return dict(zip(rows["parent_level"], rows["parent_id"]))

    def similar(self, area_id: str) -> pd.DataFrame:
        """The areas most like one area, nearest first: peer_id, rank, distance [standard deviations], status, reason.

        An area that is not compared has one row: its peer_id is empty, its status and reason say why.
        """
        return self._frame("""
            SELECT CASE WHEN status = 'ok' THEN grp END AS peer_id, split_part(setting, '=', 2)::INTEGER AS rank,
                value AS distance, status, reason
            FROM indicator_value WHERE indicator_id = 'similar_areas' AND area_id = ? ORDER BY rank
        """, area_id)

    def drawn_from(self, level: str) -> list[str]:
        """dataset_id of the sources that gave the limits of a level."""
        return self._frame(
            "SELECT DISTINCT dataset_id FROM area WHERE level = ? AND dataset_id IS NOT NULL ORDER BY 1", level
        )["dataset_id"].tolist()

    def shapes(self, level: str) -> pd.DataFrame:
        """area_id and simplified limits [GeoJSON geometry text] of a level, by area_id."""
        return self._frame(
            "SELECT area_id, geojson FROM area WHERE level = ? AND geojson IS NOT NULL ORDER BY area_id", level
        )

    def indicator(self, indicator_id: str, level: str, setting: str = "", *, period: str = "") -> pd.DataFrame:
        """One indicator over the areas of a level: the result shape with `reason`, by area_id.

        `period`: empty for the newest, `year_before` for a year earlier. Incomplete listing: `incomplete.bounded`.
        """
        return self._told("""
            SELECT area_id, numerator, denominator, value, low, high, status, basis, reason
            FROM indicator_value WHERE indicator_id = ? AND level = ? AND setting = ? AND grp = '' AND period = ?
            ORDER BY area_id
        """, indicator_id, level, setting, period, of=indicator_id)

    def indicators_of(self, area_id: str) -> pd.DataFrame:
        """Every indicator of one area, all settings."""
        return self._told("""
            SELECT indicator_id, setting, numerator, denominator, value, low, high, status, basis, reason
            FROM indicator_value WHERE area_id = ? AND grp = '' AND period = ''
            ORDER BY indicator_id, setting
        """, area_id)

    def values(self, level: str, indicator_ids: Sequence[str]) -> pd.DataFrame:
        """indicator_id, setting, area_id, value, low, high, status of some indicators at a level: for map files."""
        return self._told("""
            SELECT indicator_id, setting, area_id, value, low, high, status FROM indicator_value
            WHERE level = ? AND grp = '' AND period = '' AND list_contains(?, indicator_id)
            ORDER BY indicator_id, setting, area_id
        """, level, list(indicator_ids))

    def offered(self, level: str) -> list[str]:
        """Indicators that have at least one value, or a stated reason for having none, at a level.

        Those that have only a value an hour are not of them: `hourly`.
        """
        return self._frame("""
            SELECT DISTINCT indicator_id FROM indicator_value
            WHERE level = ? AND grp = '' AND period = '' AND NOT contains(setting, 'hour=') ORDER BY indicator_id
        """, level)["indicator_id"].tolist()

    def hourly(self, indicator_id: str) -> list[str]:
        """Levels at which an indicator has a value for each hour of the week, in the edition's order."""
        found = self._frame("""
            SELECT DISTINCT level FROM indicator_value WHERE indicator_id = ? AND contains(setting, 'hour=')
        """, indicator_id)["level"].tolist()
        return [level for level in self.levels() if level in found]

    def held(self) -> list[str]:
        """Indicators this version has at least one row of: at any level, group, period or setting, or by service."""
        return self._frame("""
            SELECT indicator_id FROM indicator_value UNION SELECT indicator_id FROM service_value ORDER BY 1
        """)["indicator_id"].tolist()

    def groups(self, indicator_id: str) -> pd.DataFrame:
        """An indicator by group and year: area_id [geography or city], grp, period, and the result columns."""
        return self._frame("""
            SELECT area_id, grp, period, numerator, denominator, value, low, high, status, basis
            FROM indicator_value WHERE indicator_id = ? AND grp <> '' ORDER BY grp, period
        """, indicator_id)

    def group_labels(self) -> pd.DataFrame:
        """group_id, label_fr, label_en, dimension, head_variable [census] of the survey's groups."""
        return self._frame("""
            SELECT group_id, label_fr, label_en, dimension, head_variable FROM survey_group ORDER BY group_id
        """)

    def missing(self) -> pd.DataFrame:
        """Who is missing, per indicator, its group (or none) and level.

        Columns indicator_id, grp, level, numerator and denominator [residents], value, status, basis, reason.
        """
        return self._frame("""
            SELECT split_part(grp, '/', 1) AS indicator_id, split_part(grp, '/', 2) AS grp, level,
                numerator, denominator, value, status, basis, reason
            FROM indicator_value WHERE indicator_id = 'who_is_missing' ORDER BY 1, 2, 3
        """)

    def statuses(self, reach: str) -> pd.DataFrame:
        """Areas and residents behind each status: indicator_id, grp, level, status, basis, areas, residents; of these,
        within [whose value is not known, and lies between limits that are]; hours [whether hours are untold]. Newest
        period, one setting (`reach`, as rows name it, where an indicator has one).
        """
        return self._frame(incomplete.STATUSES, *(incomplete.lost() if self.listing_incomplete else ([], [])), reach)

    def surveyed(self, geography: str) -> pd.DataFrame:
        """Every group a source gives for a territory: dataset_id, group_id, severity, both years, percent, status."""
        return self._frame("""
            SELECT dataset_id, group_id, severity, reference_year, collection_year, percent, status, basis
            FROM prevalence WHERE geography = ? ORDER BY dataset_id, group_id, severity, reference_year
        """, geography)

    def prevalence(self, geography: str, group_id: str = "all", severity: str = "any") -> pd.DataFrame:
        """Published shares of persons of one group, every source and vintage, by source then year."""
        return self._frame("""
            SELECT dataset_id, reference_year, collection_year, percent, low, high, quality, status, basis
            FROM prevalence WHERE geography = ? AND group_id = ? AND severity = ?
            ORDER BY dataset_id, reference_year
        """, geography, group_id, severity)

    def services(self, kind: str | None = None) -> pd.DataFrame:
        """Services with their organization and place, by service_id; one row per service and location.

        A service without a place, or whose place has no position, is listed: location_id, or lon and lat, are empty.
        """
        return self._frame("""
            SELECT s.service_id, s.name, o.name AS organization, s.kind, s.form, s.service_status, s.capacity,
                s.languages, s.assured_date, s.last_modified, s.verifier, s.referable, s.description, s.eligibility,
                s.fees, s.referral, s.delivery, s.url, s.hours, s.phone, s.basis, s.dataset_id,
                l.location_id, l.address, l.lon, l.lat, l.position
            FROM service s JOIN organization o USING (organization_id)
            LEFT JOIN service_at_location USING (service_id) LEFT JOIN location l USING (location_id)
            WHERE ? IS NULL OR s.kind = ? ORDER BY s.service_id, l.location_id
        """, kind, kind)

    def service_values(self, indicator_id: str) -> pd.DataFrame:
        """One indicator by service: service_id, the result shape, rank and reason; in order of rank, unranked last."""
        return self._frame("""
            SELECT service_id, numerator, denominator, value, low, high, status, basis, rank, reason
            FROM service_value WHERE indicator_id = ? ORDER BY rank NULLS LAST, service_id
        """, indicator_id)

    def schedule(self) -> pd.DataFrame:
        """Weekly openings, by service then day of the week: service_id, byday [MO to SU], opens_at, closes_at."""
        return self._frame("""
            SELECT service_id, byday, opens_at, closes_at FROM schedule
            ORDER BY service_id, list_position(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], byday), opens_at
        """)

    def service_areas(self) -> pd.DataFrame:
        """Areas a service is for, by service: service_id, name [as published], name_fr, name_en [of ours, or empty]."""
        return self._frame("""
            SELECT s.service_id, s.name, a.name_fr, a.name_en FROM service_area s LEFT JOIN
            (SELECT DISTINCT ON (area_id) area_id, name_fr, name_en FROM area ORDER BY ALL) a USING (area_id)
            ORDER BY s.service_id, s.name
        """)

    def service_events(self) -> pd.DataFrame:
        """What sources say happened to services, newest first: date, service_id, name, event, basis, dataset_id."""
        return self._frame("""
            SELECT e.date, e.service_id, s.name, e.event, e.basis, s.dataset_id
            FROM service_event e JOIN service s USING (service_id) ORDER BY e.date DESC, e.service_id, e.event
        """)

    def limits(self, area_id: str) -> bytes | None:
        """Whole limits of one area [WKB, degrees]; None where it has none or this version does not know it."""
        found = self._frame("SELECT geometry FROM area WHERE area_id = ? AND geometry IS NOT NULL", area_id)
        return None if found.empty else bytes(found["geometry"].iloc[0])

    def listing_changes(self, before: Store) -> pd.DataFrame:
        """What happened to the services since an earlier version: the columns of `vintages.compare`."""
        return vintages.compare(*(vintages.as_listing(one._frame(vintages.SERVICES)) for one in (before, self)))

    def referral_cuts(self) -> pd.DataFrame:
        """Which published cuts of referrals this version holds: cut, grain, basis, first and last period, rows."""
        return self._frame("""
            SELECT cut, grain, basis, min(period) AS first, max(period) AS last, count(*) AS rows
            FROM referral_count GROUP BY cut, grain, basis ORDER BY cut
        """)

    def referrals(self, cut: str) -> pd.DataFrame:
        """One published cut: place_id, level, period, need, outcome, count, status, basis."""
        return self._frame("""
            SELECT place_id, level, period, grain, need, outcome, count, status, basis, dataset_id
            FROM referral_count WHERE cut = ? ORDER BY place_id, need, outcome, period
        """, cut)

    def clients(self) -> pd.DataFrame:
        """What organizations counted: one row per organization, unit and period [month as YYYY-MM], by name.

        Columns organization_id, name, unit, period, count, status, basis, dataset_id. Units are never added together.
        """
        return self._frame("""
            SELECT c.organization_id, coalesce(o.name, c.organization_id) AS name, c.unit,
                strftime(c.period, '%Y-%m') AS period, c.count, c.status, c.basis, c.dataset_id
            FROM clients_count c LEFT JOIN organization o USING (organization_id)
            ORDER BY name, organization_id, unit, period
        """)

    def organizations(self, kind: str) -> pd.DataFrame:
        """Organizations of the listing with at least one service of a kind: organization_id, name, basis."""
        return self._frame("""
            SELECT DISTINCT o.organization_id, o.name, o.basis
            FROM organization o JOIN service s USING (organization_id)
            WHERE s.kind = ? ORDER BY o.name, o.organization_id
        """, kind)

    def events(self) -> pd.DataFrame:
        """Dated events drawn on trends, by date."""
        return self._frame("SELECT date, kind, title_fr, title_en, basis FROM event ORDER BY date")

    def alerts(self) -> pd.DataFrame:
        """Every area × need watched, rises and falls, flagged first, then least likely to be chance.

        Columns of the table `alert`. `observed` and `expected` [needs] over the last `weeks`; `missing` rows have a
        reason and no number.
        """
        return self._frame("SELECT * FROM alert ORDER BY flagged DESC, p_value NULLS LAST, area_id, need, direction")

    def event_effects(self) -> pd.DataFrame:
        """What each event did to the city's food requests, by date: title_en, kind and the columns of event_effect."""
        return self._frame("""
            SELECT f.*, e.title_en, e.kind FROM event_effect f LEFT JOIN event e USING (date, title_fr)
            ORDER BY date, title_fr
        """)

    def datasets(self) -> pd.DataFrame:
        """Every source with its totals: rows read, left out, loaded, rejected, duplicates; by title.

        `waiting`: the source is declared, and nobody has brought its file.
        """
        return self._frame("""
            SELECT d.*, coalesce(bool_and(l.encoding = 'absent'), false) AS waiting,
                sum(l.rows_read) AS rows_read, sum(l.left_out) AS left_out, sum(l.loaded) AS loaded,
                sum(l.rejected) AS rejected, sum(l.duplicates) AS duplicates,
                (SELECT count(*) FROM cell_note n WHERE n.dataset_id = d.dataset_id) AS noted
            FROM dataset d LEFT JOIN load_ledger l USING (dataset_id) GROUP BY ALL ORDER BY d.title_fr
        """)

    def ledger(self) -> pd.DataFrame:
        """The balance of every file."""
        return self._frame("SELECT * FROM load_ledger ORDER BY dataset_id, file")

    def left_out(self) -> pd.DataFrame:
        """Rows no filter asked for, by rule."""
        return self._frame("SELECT * FROM left_out ORDER BY dataset_id, file, rule")

    def rejects(self, dataset_id: str | None = None) -> pd.DataFrame:
        """Refused rows: file, line, column, value, rule, reasons; of one source or all."""
        return self._frame("""
            SELECT * FROM reject WHERE ? IS NULL OR dataset_id = ? ORDER BY dataset_id, file, line
        """, dataset_id, dataset_id)

    def cell_notes(self, dataset_id: str) -> pd.DataFrame:
        """Cells of a source that were emptied or repaired, their row kept: file, line, column, value, rule, reasons."""
        return self._frame("SELECT * FROM cell_note WHERE dataset_id = ? ORDER BY file, line, column_name", dataset_id)

    def deprivation(self, dimension: str) -> pd.DataFrame:
        """Scores and fifths of one dimension of the deprivation index, over every area that has a row, by area_id."""
        return self._frame("""
            SELECT area_id, index_id, vintage, score, quintile, status, basis, dataset_id FROM deprivation
            WHERE dimension = ? ORDER BY area_id
        """, dimension)

    def crosswalks(self) -> pd.DataFrame:
        """How many residents each pair of levels could place."""
        return self._frame("SELECT * FROM crosswalk ORDER BY child_level, parent_level")

    def census(self, variable: str) -> pd.DataFrame:
        """One variable of the census or an index, over every area that has it."""
        return self._frame("SELECT * FROM census_value WHERE variable = ? ORDER BY area_id", variable)


def known_versions(edition: str) -> list[str]:
    """Versions of an edition that can be opened, oldest first."""
    return published(versions_folder() / edition)


def current_version(edition: str) -> str | None:
    """The version a new session reads, or None where nothing is published."""
    return current(versions_folder() / edition)


def now_serving(edition: str) -> Serving:
    """The version a new session reads, the one the pointer names, and why they differ where they do."""
    return serving(versions_folder() / edition)


def readable(edition: str, version: str) -> bool:
    """Whether the file of a version is whole: the one its manifest describes."""
    return not fault(versions_folder() / edition, version)


def give_back(edition: str, version: str) -> tuple[str, str]:
    """Point readers at another published version, verified first; gives the ids (from, to). LoadError, OSError."""
    return rollback(versions_folder() / edition, version, wait=False)


def open_store(edition: str, version: str) -> Store:
    """Open one version; raises LoadError where it is not there or its manifest cannot be read."""
    folder = versions_folder() / edition
    try:
        return Store(folder / f"{version}.duckdb", manifest(folder, version))
    except (OSError, duckdb.Error) as error:
        what, file = f"version {version} cannot be opened ({type(error).__name__})", f"{edition}/{version}.duckdb"
        raise LoadError(what, file=file, remedy="Choose another version, or build again.") from error
