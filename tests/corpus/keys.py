"""The phrases of the list of bad input, each in a word or two of ours: every one has an entry."""

from __future__ import annotations

KEYS: dict[str, tuple[str, ...]] = {
    "text": (
        "latin-1 semicolons", "cp1252", "BOM", "UTF-16", "mojibake", "line ends", "quoted newline", "unclosed quote",
        "NUL byte", "duplicate headers", "trailing delimiter", "sep=;", "tabs", "1 MB cell", "0 bytes", "header only",
        "only BOM", "notes around the table", "truncated gzip",
    ),
    "numeric": (
        "decimal comma", "1.234,5", "one share three ways", "negative counts", "1E5 ids", "-0", "∞", ">100 % coverage",
        "integer overflow", "totals row", "symbols",
    ),
    "ids_dates": (
        "4620001.00 lost its zeros", "4620001.0", "462 0001.00", "DAUID as a number", "CSDUID", "DGUID",
            "wrong vintage",
        "postal code", "leading zero phones", "duplicate ids", "03/04/2026", "Excel serial 46000", "3 févr. 2026",
        "2026-02-30", "year 0026", "future referral", "timezone-less midnight", "DST duplicate hour",
    ),
    "geometry": (
        "lat/lon swapped", "metres labelled 4326", "missing .prj", "wrong .prj", "missing .shx", "missing .dbf",
        "missing .cpg", "10-character field clash", "bow-tie", "self-touching ring", "slivers", "duplicate polygons",
        "mixed geometry", "empty and null geometry", "Z/M coordinates", "antimeridian", "points on a boundary",
        "points in the river", "islands", "point at (0,0)", "stacked geocodes",
        "NaN coordinates", "nested geometry", "cut short", "links",  # beyond the list
    ),
    "workbooks": (
        "merged header", "hidden rows", "hidden sheets", "numbers as text", "formulas without cached values",
        "error cells", "1904 dates", "accented sheet names", "password", ".xls renamed", "broken workbook",
    ),
    "directories": (
        "dangling organization_id", "dangling location_id", "service without location", "status outside the four",
        "RRULE invalid", "hours past midnight", "two active copies", "assured_date", "HTML in description",
        "JSON with duplicate keys", "50 MB description", "taxonomy code unknown", "closed organisation still listed",
    ),
    "names": (
        "emoji", "RTL override", "zero-width joiners", "combining accents", "Inuktitut", "300 characters",
            "only spaces",
        "NULL", "=cmd|", "<script>", '"><img onerror>', "${7*7}", "'; DROP", "../../etc", "newline in a name",
        "caller name or phone", "negative age, odd household", "need codes renamed", "duplicate call ids",
        "late rows for a closed month",
    ),
    "archives": ("gzip bomb", "zip bomb", "xlsx bomb", "XML bomb", "zip path", "VRT", "polyglot"),
}
