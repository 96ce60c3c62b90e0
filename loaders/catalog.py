"""What every table of a published file is: grain, columns, units; and the errors a loader raises."""

from __future__ import annotations

from dataclasses import dataclass

STATUSES: tuple[str, ...] = ("ok", "missing", "suppressed", "not_applicable", "unknown")
# Weakest last: a derived value takes the weakest basis of what it was made from.
BASES: tuple[str, ...] = ("counted", "modelled", "simulated")

# Levels of area, from finest to coarsest. An edition uses some of them.
LEVELS: tuple[str, ...] = (
    "block",
    "dissemination_area",
    "tract",
    "district",
    "neighbourhood_housing",
    "neighbourhood_social",
    "borough",
    "city",
)


class LoadError(Exception):
    """A fault of a whole file or edition, in one line: where, what, and what to do about it."""

    def __init__(
        self, what: str, *, file: str = "", line: int | None = None, column: str = "", remedy: str = ""
    ) -> None:
        """`what` is the fault; `file`, `line`, `column` say where; `remedy` says what to do."""
        where = file
        if line is not None:
            where += f", line {line}"
        if column:
            where += f", column “{column}”" if where else f"column “{column}”"
        text = f"{where}: {what}" if where else what
        end = "" if text.endswith("\n") else ". "  # after a list, the remedy has a line of its own
        super().__init__(f"{text.rstrip('.')}{end}{remedy}".strip())


@dataclass(frozen=True)
class Column:
    """One column: SQL type, what it means, its unit, and whether it may be empty."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    null: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the published file: its grain is its key."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names, in order."""
        return [column.name for column in self.columns]

    def ddl(self) -> str:
        """The CREATE TABLE statement; empty cells are refused unless a column allows them."""
        lines = [f"{c.name} {c.type}{'' if c.null else ' NOT NULL'}" for c in self.columns]
        if self.key:
            lines.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE {self.name} (\n    " + ",\n    ".join(lines) + "\n)"


def _text(name: str, meaning: str, *, null: bool = False) -> Column:
    return Column(name, "VARCHAR", meaning, null=null)


_STATUS = _text("status", "ok, missing, suppressed, not_applicable or unknown")
_BASIS = _text("basis", "counted, modelled or simulated")
_DATASET = _text("dataset_id", "where the row comes from")

TABLES: tuple[Table, ...] = (
    Table("area", "one area of one level", ("area_id",), (
        _text("area_id", "DGUID for census areas, the publisher's code otherwise"),
        _text("level", "one of LEVELS"),
        _text("kind", "borough, linked_city, or the level again"),
        _text("code", "the publisher's own identifier"),
        _text("name_fr", "official French name"),
        _text("name_en", "name used in English"),
        _text("fr_in", "« dans l'arrondissement d'Anjou »"),
        _text("fr_of", "« de l'arrondissement d'Anjou »"),
        _text("en_in", "“in Anjou”"),
        _text("place_fr", "borough or city that holds it, for display", null=True),
        _text("vintage", "year of the limits"),
        Column("population", "BIGINT", "residents", "people", null=True),
        Column("households", "BIGINT", "occupied dwellings", "households", null=True),
        Column("land_km2", "DOUBLE", "land area", "km²", null=True),
        Column("lon", "DOUBLE", "population-weighted centre", "degrees"),
        Column("lat", "DOUBLE", "population-weighted centre", "degrees"),
        Column("x_m", "DOUBLE", "centre, in the edition's projection", "m"),
        Column("y_m", "DOUBLE", "centre, in the edition's projection", "m"),
        Column("geometry", "BLOB", "limits, WKB, EPSG:4326", null=True),
        _text("geojson", "simplified limits, GeoJSON geometry", null=True),
        _DATASET,
    )),
    Table("area_link", "child area × parent area", ("child_id", "parent_id"), (
        _text("child_level", "level of the child, or demand_point"),
        _text("child_id", "area_id or point_id"),
        _text("parent_level", "level of the parent"),
        _text("parent_id", "area_id"),
        Column("population_weight", "DOUBLE", "share of the child's residents in the parent", "0 to 1"),
        Column("household_weight", "DOUBLE", "share of the child's households in the parent", "0 to 1"),
        _text("method", "block, point, containment, or land where the child has no resident"),
    )),
    Table("crosswalk", "pair of levels", ("child_level", "parent_level"), (
        _text("child_level", "level split"),
        _text("parent_level", "level filled"),
        Column("population", "BIGINT", "residents of the children", "people"),
        Column("placed", "DOUBLE", "residents that found a parent", "people"),
        Column("unplaced", "DOUBLE", "residents that did not", "people"),
        _text("reason_fr", "why, where some did not", null=True),
        _text("reason_en", "why, where some did not", null=True),
    )),
    Table("demand_point", "one place where residents are counted as living", ("point_id",), (
        _text("point_id", "area_id of a block, or a drawn point"),
        _text("base_id", "area of the base level, whose rates the point takes"),
        Column("lon", "DOUBLE", "position", "degrees"),
        Column("lat", "DOUBLE", "position", "degrees"),
        Column("population", "DOUBLE", "residents", "people"),
        _BASIS,
    )),
    Table("census_value", "area × variable × reference year", ("area_id", "variable", "reference_year"), (
        _text("area_id", "area"),
        _text("variable", "below_mbm, seniors_65plus, low_income_lim …"),
        Column("reference_year", "INTEGER", "year the value describes"),
        Column("numerator", "DOUBLE", "people of the variable", "people", null=True),
        Column("denominator", "DOUBLE", "people it is a share of", "people", null=True),
        Column("value", "DOUBLE", "numerator ÷ denominator, or the mean", "0 to 1 or unit", null=True),
        _STATUS, _BASIS, _DATASET,
    )),
    # No key is declared: an index over five million rows would cost more than the rows. Its loader holds the law.
    Table("census_long", "dataset × area × characteristic of a profile kept whole", (), (
        _DATASET,
        _text("area_id", "DGUID; an area of the edition, or one it is compared with"),
        Column("characteristic_id", "INTEGER", "the publisher's number, of that census year"),
        Column("count", "DOUBLE", "the publisher's total column: people, households, dollars …", null=True),
        _text("count_status", "of the count"),
        _text("count_mark", "the publisher's symbol, as written", null=True),
        Column("rate", "DOUBLE", "the publisher's rate column", "0 to 100", null=True),
        _text("rate_status", "of the rate"),
        _text("rate_mark", "the publisher's symbol, as written", null=True),
    )),
    Table("census_characteristic", "dataset × characteristic", ("dataset_id", "characteristic_id"), (
        _DATASET,
        Column("characteristic_id", "INTEGER", "the publisher's number; names repeat, numbers do not"),
        _text("name", "the publisher's name"),
        Column("depth", "INTEGER", "how far it is indented under its total", "steps"),
    )),
    Table("deprivation", "area × index × dimension", ("area_id", "index_id", "dimension"), (
        _text("area_id", "area"),
        _text("index_id", "equity_index_2023, cimd_2021 …"),
        _text("dimension", "economic, residential_instability …"),
        _text("vintage", "year of the index"),
        Column("score", "DOUBLE", "higher = more deprived", null=True),
        Column("quintile", "INTEGER", "5 = most deprived fifth of residents", null=True),
        Column("population", "DOUBLE", "residents the fifths were cut over", "people", null=True),
        Column("q5_population", "DOUBLE", "of them, in the most deprived fifth", "people", null=True),
        _text("reference_region", "where fifths were cut, or none"),
        _STATUS, _BASIS, _DATASET,
    )),
    Table("prevalence", "geography × group × severity × year × source",
          ("geography", "group_id", "severity", "reference_year", "dataset_id"), (
        _text("geography", "quebec, canada, montreal_region …"),
        _text("group_id", "all, all_15plus, age_65plus, black …"),
        _text("severity", "any, marginal, moderate, severe, moderate_or_severe"),
        Column("reference_year", "INTEGER", "year the question looks back on"),
        Column("collection_year", "INTEGER", "year people were asked", null=True),
        Column("percent", "DOUBLE", "share of persons", "0 to 100", null=True),
        Column("low", "DOUBLE", "lower limit, where the source gives one", "0 to 100", null=True),
        Column("high", "DOUBLE", "upper limit, where the source gives one", "0 to 100", null=True),
        _text("quality", "the publisher's letter A to F", null=True),
        Column("persons", "DOUBLE", "people behind the share, where the source counts them", "people", null=True),
        _text("persons_quality", "the publisher's letter for that count; F = too unreliable to print", null=True),
        _STATUS, _BASIS, _DATASET,
    )),
    Table("survey_group", "one group of people a survey reports on", ("group_id",), (
        _text("group_id", "black, age_65plus, one_parent_woman …"),
        _text("label_fr", "French label, 34 characters at most"),
        _text("label_en", "English label, 34 characters at most"),
        _text("dimension", "age, gender, family, origin, status …"),
        _text("head_variable", "census variable that counts the group in an area", null=True),
    )),
    Table("organization", "one organization", ("organization_id",), (
        _text("organization_id", "identifier in the source"),
        _text("name", "public name"),
        _BASIS, _DATASET,
    )),
    Table("service", "one service of one organization", ("service_id",), (
        _text("service_id", "identifier in the source"),
        _text("organization_id", "who offers it"),
        _text("name", "public name"),
        _text("kind", "food_aid, grocery, market, garden, community_organization, other"),
        _text("form", "pantry, hamper, community_meal, soup_kitchen, home_delivery, fridge …", null=True),
        _text("service_status", "active, inactive, defunct, temporarily closed (HSDS)"),
        Column("capacity", "DOUBLE", "people who can be served in a month; empty = never told", "people a month",
               null=True),
        _text("languages", "ISO 639-1 codes, comma separated", null=True),
        Column("assured_date", "DATE", "a person confirmed the listing", null=True),
        Column("last_modified", "DATE", "the record was saved; not a verification", null=True),
        _text("verifier", "who confirmed it", null=True),
        Column("referable", "BOOLEAN", "false = open, but the publisher asks that nobody be referred to it", null=True),
        _text("description", "as published, without markup", null=True),
        _text("eligibility", "whom it serves, as published", null=True),
        _text("fees", "as published", null=True),
        _text("referral", "how one is referred or applies, as published", null=True),
        _text("delivery", "how it is given: on site, delivered, taken out …", null=True),
        _text("url", "public page", null=True),
        _text("hours", "opening hours as published, in words", null=True),
        _text("phone", "public line of the service, never a person's", null=True),
        _text("codes", "the publisher's taxonomy codes, “; ” between", null=True),
        _BASIS, _DATASET,
    )),
    Table("location", "one place", ("location_id",), (
        _text("location_id", "identifier in the source"),
        _text("address", "as published", null=True),
        _text("postal_code", "as published", null=True),
        Column("lon", "DOUBLE", "position; empty = listed, but not placed", "degrees", null=True),
        Column("lat", "DOUBLE", "position; empty = listed, but not placed", "degrees", null=True),
        _text("position", "given, missing, placeholder (one point for many addresses) or outside"),
        _DATASET,
    )),
    Table("service_at_location", "service × place", ("service_id", "location_id"), (
        _text("service_id", "service"),
        _text("location_id", "location"),
    )),
    Table("schedule", "service × weekday × opening", ("service_id", "byday", "opens_at"), (
        _text("service_id", "service"),
        _text("byday", "MO to SU"),
        _text("opens_at", "HH:MM, 24 h"),
        _text("closes_at", "HH:MM, after opens_at: 24:00 at the latest, the night goes on the next day"),
    )),
    Table("service_area", "service × area it may serve", ("service_id", "name"), (
        _text("service_id", "service; no row = serves anyone"),
        _text("name", "the area, as published"),
        _text("extent", "its limits, as published", null=True),
        _text("area_id", "area whose residents it serves, where the name is that of one of ours", null=True),
    )),
    Table("service_event", "service × date", ("service_id", "date"), (
        _text("service_id", "service"),
        Column("date", "DATE", "day of the change"),
        _text("event", "opened, closed, reduced, resumed"),
        _BASIS,
    )),
    Table("referral_count", "a published cut: place × period × need × outcome",
          ("cut", "place_id", "period", "need", "outcome", "dataset_id"), (
        _text("cut", "district_month_need, borough_week_food, city_week_need_outcome or place_year_need"),
        _text("place_id", "area_id, or the publisher's place where it has no area here"),
        _text("level", "level of the place"),
        Column("period", "DATE", "first day of the period"),
        _text("grain", "week, month or year"),
        _text("need", "food, housing, income … or the publisher's category"),
        _text("outcome", "all, met, unmet"),
        Column("count", "BIGINT", "controlled count: 0, or at least 10 and a multiple of 5", "needs", null=True),
        _STATUS, _BASIS, _DATASET,
    )),
    Table("clients_count", "organization × month × unit", ("organization_id", "period", "unit"), (
        _text("organization_id", "organization"),
        Column("period", "DATE", "first day of the month"),
        _text("unit", "people, households, visits or meals; never added together"),
        Column("count", "BIGINT", "controlled count", null=True),
        _STATUS, _BASIS, _DATASET,
    )),
    Table("event", "one dated event drawn on trends", ("date", "title_fr"), (
        Column("date", "DATE", "day"),
        _text("kind", "outreach, closure, policy, shock"),
        _text("title_fr", "short French label"),
        _text("title_en", "short English label"),
        _BASIS,
    )),
    Table("alert", "area × need × direction, over the weeks watched last", ("area_id", "need", "direction"), (
        _text("area_id", "area"), _text("level", "level of the area"), _text("need", "food … as in referral_count"),
        _text("direction", "more = a rise, less = a fall"), Column("period", "DATE", "Monday of the last week watched"),
        Column("weeks", "INTEGER", "weeks watched, the last of them `period`", "weeks"),
        Column("observed", "DOUBLE", "published counts over the watched weeks that are shown", "needs", null=True),
        Column("expected", "DOUBLE", "what earlier years lead to over the same weeks", "needs", null=True),
        Column("statistic", "DOUBLE", "how far departures added up, at most (CUSUM)", "standard deviations", null=True),
        Column("threshold", "DOUBLE", "5 % of watches without change pass it", "standard deviations", null=True),
        Column("since", "DATE", "first week past the threshold; empty = none", null=True),
        Column("p_value", "DOUBLE", "chance that a series without change gets as far", "0 to 1", null=True),
        Column("adjusted", "DOUBLE", "the same, for all areas, needs and directions together", "0 to 1", null=True),
        Column("flagged", "BOOLEAN", "an alert: at most 5 % of those flagged are expected to be false"),
        _text("reason", "why there is no verdict: short, gaps (hidden weeks too), sparse, not covered", null=True),
        _STATUS, _BASIS, _DATASET,
    )),
    Table("event_effect", "event, on the food needs of the city", ("date", "title_fr"), (
        Column("date", "DATE", "day of the event"), _text("title_fr", "its French label, as in event"),
        _text("area_id", "the city"), _text("need", "needs whose requests it may have moved, comma separated"),
        _text("control", "need it should not touch: what moves both alike cancels"),
        Column("observed", "DOUBLE", "published counts from the event on", "needs", null=True),
        Column("expected", "DOUBLE", "what earlier weeks and the control lead to", "needs", null=True),
        Column("value", "DOUBLE", "observed ÷ expected; 1 = no change", null=True),
        Column("low", "DOUBLE", "lower 95 % limit", null=True), Column("high", "DOUBLE", "upper 95 % limit", null=True),
        Column("step", "DOUBLE", "ratio, first week", null=True), Column("slope", "DOUBLE", "weekly factor", null=True),
        _text("reason", "short: fewer than 8 weeks are shown before or after it", null=True),
        _STATUS, _BASIS,
    )),
    Table("indicator_value", "area × period × group × indicator × setting",
          ("indicator_id", "level", "area_id", "period", "grp", "setting"), (
        _text("indicator_id", "id of a declared indicator"),
        _text("level", "level of the area"),
        _text("area_id", "area, or geography of a survey"),
        _text("period", "ISO period, or empty"),
        _text("grp", "group; quantity an equity index measures; peer, or medoid of a group of peers; or empty"),
        _text("setting", "reach_m=1000, rank=1, cluster=high_high …, “;” between; or empty"),
        Column("numerator", "DOUBLE", "what is counted", null=True),
        Column("denominator", "DOUBLE", "what it is divided by", null=True),
        Column("value", "DOUBLE", "numerator ÷ denominator, in the indicator's unit", null=True),
        Column("low", "DOUBLE", "lower end of the range the indicator declares", null=True),
        Column("high", "DOUBLE", "upper end of the range the indicator declares", null=True),
        _STATUS, _BASIS,
        _text("reason", "why there is no value: a key of the catalogue", null=True),
    )),
    Table("service_value", "service × indicator", ("service_id", "indicator_id"), (
        _text("service_id", "service"),
        _text("indicator_id", "id of a declared indicator"),
        Column("numerator", "DOUBLE", "what is counted", null=True),
        Column("denominator", "DOUBLE", "what it is divided by, or out of", null=True),
        Column("value", "DOUBLE", "in the indicator's unit", null=True),
        Column("low", "DOUBLE", "lower end of the range the indicator declares", null=True),
        Column("high", "DOUBLE", "upper end of the range the indicator declares", null=True),
        _STATUS, _BASIS,
        Column("rank", "INTEGER", "1 = first, where the indicator puts services in order", null=True),
        _text("reason", "why there is no value: a key of the catalogue", null=True),
    )),
    Table("dataset", "one source", ("dataset_id",), (
        _text("dataset_id", "identifier"),
        _text("title_fr", "French title"),
        _text("title_en", "English title"),
        _text("producer_fr", "who made it"),
        _text("producer_en", "who made it"),
        _text("product", "table or product number", null=True),
        _text("licence_fr", "under what terms"),
        _text("licence_en", "under what terms"),
        _text("address", "official page", null=True),
        _text("reference_fr", "period it describes"),
        _text("reference_en", "period it describes"),
        Column("retrieved", "DATE", "day the file was obtained", null=True),
        Column("cycle_days", "INTEGER", "expected days between releases", "days", null=True),
        _text("note_fr", "what to know before using it", null=True),
        _text("note_en", "what to know before using it", null=True),
        _BASIS,
    )),
    Table("load_ledger", "dataset × file", ("dataset_id", "file"), (
        _DATASET,
        _text("file", "name under the raw folder"),
        _text("sha256", "of the bytes read"),
        _text("encoding", "declared encoding, or binary"),
        Column("rows_read", "BIGINT", "records in the file"),
        Column("left_out", "BIGINT", "not asked for by a declared filter"),
        Column("rows_in", "BIGINT", "rows_read − left_out"),
        Column("loaded", "BIGINT", "rows kept"),
        Column("rejected", "BIGINT", "rows refused with a reason"),
        Column("duplicates", "BIGINT", "rows that repeat a key and agree"),
        Column("threshold", "DOUBLE", "publication stops past rejected ÷ rows_in"),
    )),
    Table("left_out", "dataset × file × rule", ("dataset_id", "file", "rule"), (
        _DATASET,
        _text("file", "name under the raw folder"),
        _text("rule", "declared filter"),
        Column("rows", "BIGINT", "rows it left out"),
    )),
    Table("reject", "one refused row", (), (
        _DATASET,
        _text("file", "name under the raw folder"),
        Column("line", "BIGINT", "line of the file, or record number of a binary file"),
        _text("column_name", "column at fault, as its custodian calls it where a mapping says so"),
        _text("record", "identifier or name of the record, where it may be told", null=True),
        _text("value", "what was there", null=True),
        _text("rule", "rule it broke"),
        _text("message_fr", "reason in French"),
        _text("message_en", "reason in English"),
    )),
    Table("cell_note", "one cell emptied or repaired, its row kept", (), (
        _DATASET,
        _text("file", "name under the raw folder"),
        Column("line", "BIGINT", "line of the file, or record number of a binary file"),
        _text("column_name", "column of the cell, as its custodian calls it where a mapping says so"),
        _text("record", "identifier or name of the record, where it may be told", null=True),
        _text("value", "what was there", null=True),
        _text("rule", "rule it broke, or repaired"),
        _text("message_fr", "reason in French"),
        _text("message_en", "reason in English"),
    )),
    Table("edition", "one setting of the build", ("key",), (
        _text("key", "setting"),
        _text("value", "its value, as text"),
    )),
)

TABLE: dict[str, Table] = {table.name: table for table in TABLES}
