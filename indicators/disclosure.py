"""Disclosure control: small counts are hidden and the rest rounded, at build, before anything is published."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from indicators.feasible import NO_LIMIT, Sums, feasible, narrowed, sums_of
from indicators.need import require_unique
from indicators.rates import rate, require
from indicators.spec import InputError

SMALLEST = 10
BASE = 5


def controlled(counts: pd.Series, smallest: int = SMALLEST, base: int = BASE) -> pd.DataFrame:
    """Counts as they may be published, indexed as given: `count` [multiple of `base`; NA = hidden] and `status`.

    Zero stays zero; 1 to `smallest` − 1 is `suppressed`; the rest is rounded to `base`, halves up; NaN is
    `missing`. The same count always gets the same answer. Raises InputError for a negative or broken count.
    Each count is seen alone: counts that nest in one another go through `nested`.

    >>> controlled(pd.Series([0, 3, 9, 10, 12, 13]))["count"].tolist()
    [0, <NA>, <NA>, 10, 10, 15]
    """
    if base < 1 or smallest < 1:
        raise InputError(f"disclosure: smallest {smallest} and base {base} must be at least 1")
    value = counts.astype("float64")
    _require_whole(value.to_numpy())
    rounded = pd.Series(np.floor(value / base + 0.5) * base, index=counts.index).where(value > 0, 0.0)
    hidden = (value > 0) & (value < smallest)
    status = pd.Series("ok", index=counts.index, dtype="object").mask(hidden, "suppressed")
    status = status.mask(value.isna(), "missing")
    return pd.DataFrame({"count": rounded.where(status == "ok").astype("Int64"), "status": status})


def _require_whole(value: np.ndarray) -> None:
    with np.errstate(invalid="ignore"):
        bad = (value < 0) | (value != np.floor(value)) & ~np.isnan(value) | np.isinf(value)
    if bad.any():
        raise InputError(f"disclosure: counts must be whole numbers from 0 up; {int(bad.sum())} are not, first at row "
                         f"{int(np.flatnonzero(bad)[0])}")


# --- counts that nest -----------------------------------------------------------------------------------------


def nested(
    cells: pd.DataFrame, nesting: pd.DataFrame, smallest: int = SMALLEST, base: int = BASE
) -> pd.DataFrame:
    """Counts that add up to one another, as they may be published together: none of them gives a hidden one away.

    `cells`: cell [id], count [whole; NaN = missing]. `nesting`: `feasible.sums_of`. Returns cell, count [multiple of
    `base`; NA = hidden], status, and low, high [what a published count may have been; NaN where hidden], in the order
    given. Raises InputError where children do not make up their parent.

    *The rule.* Counts of 1 to k − 1 are hidden, the others rounded one by one. While a hidden small count is narrowed,
    the smallest published count beside it in its sum is hidden too, then the sum itself, then upwards; `suppressed`
    says neither why. *Narrowed* is measured against a reader who knows the rule, and of each finest hidden cell even
    whether it was small or hidden for another's sake; of a hidden sum only that it is not 0. Let W be the same
    publication with every positive number withheld. It is safe where every value of 1 to k − 1 that W allows a hidden
    small count is still allowed. In trees and two-way tables W allows a finest cell all of 1 to k − 1.
    *Proof.* Each turn hides one more positive count, so it ends; it ends safe, for with all of them hidden it is W.
    *Not claimed:* that a reader who runs the rule itself on guessed tables learns nothing, nor chances inside the
    range. Source: Willenborg & de Waal 2001, Elements of Statistical Disclosure Control; Fischetti & Salazar 2001.
    """
    sums, value = _counted(cells, nesting, smallest, base)
    hidden = (value > 0) & (value < smallest)
    want = _wanted(value, hidden, sums, smallest, base)
    while True:
        narrow = _narrow(_known(value, hidden, sums, smallest, base), sums, want, smallest)[0]
        if narrow.any():
            chosen = _to_hide(np.flatnonzero(narrow), value, hidden, sums)
        else:
            _, inner, offends = _pairs(value, hidden, sums, smallest, base)
            chosen = np.unique(inner[offends])
        if not len(chosen):
            break
        hidden[chosen] = True
    out = controlled(pd.Series(value[:sums.cells]).where(cells["count"].notna().to_numpy()), smallest, base)
    out.loc[hidden[:sums.cells], "count"] = pd.NA
    out.loc[hidden[:sums.cells], "status"] = "suppressed"
    out.insert(0, "cell", cells["cell"].to_numpy())
    return ranges_of(out, smallest, base)


def _counted(cells: pd.DataFrame, nesting: pd.DataFrame, smallest: int, base: int) -> tuple[Sums, np.ndarray]:
    """The sums, and the true value of every cell and rest; a missing cell adds nothing to its parent."""
    require_unique(cells, "cells", ("cell",))
    require(cells, "cells", ("count",))
    if base < 1 or smallest < 1:
        raise InputError(f"disclosure: smallest {smallest} and base {base} must be at least 1")
    if base > 2 * smallest:
        raise InputError(f"disclosure: with base {base} a count of {smallest} would be published as 0")
    count = cells["count"].astype("float64").to_numpy()
    _require_whole(count)
    sums = sums_of(cells["cell"], nesting)
    value = np.zeros(sums.size)
    value[:sums.cells] = np.nan_to_num(count)
    own = sums.child < sums.cells
    made = np.bincount(sums.part[own], value[sums.child[own]], len(sums.parent))
    left = value[sums.parent] - made
    bad = left < 0
    closed = np.ones(len(sums.parent), dtype=bool)
    closed[sums.rest] = False
    bad |= closed & (left != 0)
    if bad.any():
        first = sums.parent[np.flatnonzero(bad)[0]]
        raise InputError(f"cells.count: {int(bad.sum())} sums are not made up by their parts, first that of "
                         f"{cells['cell'].iloc[first]}")
    value[sums.cells:] = left[sums.rest]
    return sums, value


def _known(
    value: np.ndarray, hidden: np.ndarray, sums: Sums, smallest: int, base: int
) -> tuple[np.ndarray, np.ndarray]:
    """What each cell alone tells: limits by cell and rest. A rest is not published: 0 or more."""
    finest = np.ones(sums.size, dtype=bool)
    finest[sums.parent] = False
    rounded = np.floor(value / base + 0.5) * base
    low = np.where(value > 0, np.maximum(np.ceil(rounded - base / 2), smallest), 0.0)
    high = np.where(value > 0, np.ceil(rounded + base / 2) - 1, 0.0)
    low, high = np.where(hidden, 1.0, low), np.where(hidden, NO_LIMIT, high)
    small = hidden & finest & (value < smallest)
    high[small] = smallest - 1
    low[hidden & finest & ~small] = smallest
    low[sums.cells:], high[sums.cells:] = 0.0, NO_LIMIT
    return low, high


Finding = tuple[str, str, str, float, float]
Want = tuple[np.ndarray, np.ndarray, np.ndarray]


def _wanted(value: np.ndarray, small: np.ndarray, sums: Sums, smallest: int, base: int) -> Want:
    """The cells to protect, and the lowest and highest value each must still be able to take."""
    asked = small.copy()
    asked[sums.cells:] = (value[sums.cells:] > 0) & (value[sums.cells:] < smallest)
    low, high = np.ones(sums.size), np.full(sums.size, smallest - 1.0)
    # A rest was never said to be anything: that it may be 0, or is past every small count, is no news of it.
    low[sums.cells:], high[sums.cells:] = 0.0, smallest
    withheld = value > 0
    withheld[sums.cells:] = False
    least, most = feasible(*_known(value, withheld, sums, smallest, base), sums, small, (low, high))
    low[:sums.cells] = np.maximum(least, low)[:sums.cells]
    high[:sums.cells] = np.minimum(most, high)[:sums.cells]
    return asked, low, high


def _narrow(
    known: tuple[np.ndarray, np.ndarray], sums: Sums, want: Want, smallest: int
) -> Want:
    """Which of the wanted cells the published numbers narrow, and the limits they leave."""
    asked, least, most = want
    if not asked.any():
        return asked, *known
    low, high = feasible(*known, sums, asked, (least, most))
    narrow = asked & ((low > least) | (high < most))
    narrow[sums.cells:] = asked[sums.cells:] & _gives_away(low, high, smallest)[sums.cells:]
    return narrow, low, high


def _to_hide(narrow: np.ndarray, value: np.ndarray, hidden: np.ndarray, sums: Sums) -> np.ndarray:
    """One published count to hide for each narrowed cell: the smallest beside it, else its sum, else further up."""
    positive = (value > 0) & ~hidden
    positive[sums.cells:] = False
    chosen: set[int] = set()
    touched: set[int] = set()
    by_child: dict[int, list[int]] = {}
    for part, child in zip(sums.part.tolist(), sums.child.tolist(), strict=True):
        by_child.setdefault(child, []).append(part)
    order = np.argsort(sums.part, kind="stable")
    starts = np.searchsorted(sums.part[order], np.arange(len(sums.parent) + 1))
    for cell in narrow.tolist():
        level, past = [cell], {cell}
        while level:
            parts = sorted({part for member in level for part in by_child.get(member, [])})
            if touched.intersection(parts):
                break  # something in this sum was hidden a moment ago: look again first
            beside = np.concatenate([
                np.empty(0, dtype="int64"), *(sums.child[order[starts[part]:starts[part + 1]]] for part in parts),
            ])
            for group in (beside, sums.parent[parts]):
                open_ = group[positive[group]] if len(parts) else group
                if len(open_):
                    chosen.add(int(open_[np.lexsort((open_, value[open_]))[0]]))
                    touched.update(parts)
                    level = []
                    break
            else:
                level = [p for p in sums.parent[parts].tolist() if p not in past] if parts else []
                past.update(level)
    return np.array(sorted(chosen), dtype="int64")


# --- the audit ------------------------------------------------------------------------------------------------


def _pairs(
    value: np.ndarray, hidden: np.ndarray, sums: Sums, smallest: int, base: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of nested published positive cells: outer, inner, and whether their difference gives itself away."""
    own = sums.child < sums.cells
    direct = csr_array(
        (np.ones(own.sum(), dtype="int8"), (sums.parent[sums.part[own]], sums.child[own])), shape=(sums.cells,) * 2,
    ).astype(bool)
    every = direct
    while (further := every + every @ direct).nnz > every.nnz:
        every = further
    low, high = narrowed(*_known(value, hidden, sums, smallest, base), sums)
    shown = (value > 0) & ~hidden
    outer, inner = every.nonzero()
    both = shown[outer] & shown[inner]
    outer, inner = outer[both], inner[both]
    return outer, inner, _gives_away(low[outer] - high[inner], high[outer] - low[inner], smallest)


def _gives_away(low: np.ndarray, high: np.ndarray, smallest: int) -> np.ndarray:
    """A difference surely among 1 to k − 1, and told more closely than that: more than “hidden” would say."""
    return (low >= 1) & (high <= smallest - 1) & ~((low == 1) & (high == smallest - 1))


def differencing(
    cells: pd.DataFrame, published: pd.DataFrame, nesting: pd.DataFrame, before: pd.DataFrame | None = None,
    smallest: int = SMALLEST, base: int = BASE,
) -> pd.DataFrame:
    """What subtracting published counts gives away, within this publication and from the one `before`; empty = nothing.

    `cells` and `nesting` as for `nested`; `published` its answer, or any other control of the same cells; `before`
    the published frame of the previous version (cell, count, status). Returns one row per finding, sorted: kind, cell,
    other, low, high [what the reader learns; both within 1 to k − 1]:
    `hidden`: a hidden small count is narrowed (other = ""), or what a sum holds besides its parts (other = "rest");
    `pair`: other lies inside cell, both are published and their difference is small; `versions`: the cell moved by so
    few between the two versions (a fall is given without its sign); `withdrawn`: a hidden small count is narrowed once
    the counts published before and hidden now are read from the earlier file.
    """
    sums, value = _counted(cells, nesting, smallest, base)
    names = pd.Index(cells["cell"])
    status = published.set_index("cell")["status"].reindex(names)
    hidden = np.zeros(sums.size, dtype=bool)
    hidden[:sums.cells] = (status == "suppressed").to_numpy()
    shown_small = (value[:sums.cells] > 0) & (value[:sums.cells] < smallest) & ~hidden[:sums.cells]
    if shown_small.any():
        raise InputError(f"published.count: {int(shown_small.sum())} counts under {smallest} are not hidden, first "
                         f"{names[np.flatnonzero(shown_small)[0]]}")
    known = _known(value, hidden, sums, smallest, base)
    want = _wanted(value, hidden & (value < smallest), sums, smallest, base)
    found = _narrowed_rows("hidden", known, sums, want, names, smallest)
    outer, inner, offends = _pairs(value, hidden, sums, smallest, base)
    low, high = narrowed(*known, sums)
    found += [
        ("pair", names[a], names[b], max(low[a] - high[b], 1.0), high[a] - low[b])
        for a, b in zip(outer[offends].tolist(), inner[offends].tolist(), strict=True)
    ]
    if before is not None:
        require_unique(before, "before", ("cell",))
        earlier = ranges_of(before, smallest, base).set_index("cell").reindex(names)
        found += _moved(earlier, value, hidden, sums, names, smallest, base)
        found += _withdrawn(earlier, known, value, hidden, sums, want, names, smallest)
    frame = pd.DataFrame(found, columns=["kind", "cell", "other", "low", "high"])
    return frame.sort_values(["kind", "cell", "other"], ignore_index=True)


def _narrowed_rows(
    kind: str, known: tuple[np.ndarray, np.ndarray], sums: Sums, want: Want, names: pd.Index, smallest: int
) -> list[Finding]:
    narrow, low, high = _narrow(known, sums, want, smallest)
    found = []
    for i in np.flatnonzero(narrow).tolist():
        # A rest has no name of its own: it is what its sum holds besides its published parts.
        cell, other = (names[i], "") if i < sums.cells else (names[sums.parent[sums.rest[i - sums.cells]]], "rest")
        found.append((kind, cell, other, float(low[i]), float(min(high[i], smallest - 1.0))))
    return found


def _moved(
    earlier: pd.DataFrame, value: np.ndarray, hidden: np.ndarray, sums: Sums, names: pd.Index, smallest: int, base: int,
) -> list[Finding]:
    low, high = (limit[:sums.cells] for limit in _known(value, hidden, sums, smallest, base))
    both = (earlier["status"] == "ok").to_numpy() & ~hidden[:sums.cells]
    up = (low - earlier["high"].to_numpy(), high - earlier["low"].to_numpy())
    found = []
    for least, most in (up, (-up[1], -up[0])):
        offends = both & _gives_away(least, most, smallest)
        found += [
            ("versions", names[i], names[i], float(least[i]), float(most[i])) for i in np.flatnonzero(offends).tolist()
        ]
    return found


def _withdrawn(
    earlier: pd.DataFrame, known: tuple[np.ndarray, np.ndarray], value: np.ndarray, hidden: np.ndarray, sums: Sums,
    want: Want, names: pd.Index, smallest: int,
) -> list[Finding]:
    """Narrowed once counts that the earlier file showed, and that have not left its range, are read from there."""
    was_low, was_high = earlier["low"].to_numpy(), earlier["high"].to_numpy()
    own = value[:sums.cells]
    back = hidden[:sums.cells] & (earlier["status"] == "ok").to_numpy() & (own >= was_low) & (own <= was_high)
    if not back.any():
        return []
    low, high = known[0].copy(), known[1].copy()
    low[:sums.cells][back], high[:sums.cells][back] = was_low[back], was_high[back]
    already = {row[1:3] for row in _narrowed_rows("hidden", known, sums, want, names, smallest)}
    rows = _narrowed_rows("withdrawn", (low, high), sums, want, names, smallest)
    return [row for row in rows if row[1:3] not in already]


# --- what a page may show of it -------------------------------------------------------------------------------


def ranges_of(published: pd.DataFrame, smallest: int, base: int) -> pd.DataFrame:
    """`published` with low and high: what each published count may have been before it was rounded."""
    count = published["count"].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    low = np.where(count > 0, np.maximum(np.ceil(count - base / 2), smallest), count)
    return published.assign(low=low, high=np.where(count > 0, np.ceil(count + base / 2) - 1, count))


def filtered_sum(
    published: pd.DataFrame, chosen: pd.Series, smallest: int = SMALLEST, base: int = BASE
) -> pd.DataFrame:
    """What a page may show of the sum over the rows a reader chose: one row count, low, high, status.

    `published`: count, status, as controlled; `chosen` [True or False, aligned]. The sum is one of published counts
    only, so it tells nothing they do not; low and high are what it may have been before rounding. It is refused,
    `suppressed` with no number, where a chosen count is hidden (a hidden count read as 0 would be false, and two such
    sums could be subtracted) or where it is above 0 and below `smallest`; `missing` where a chosen count is missing;
    `not_applicable` where nothing is chosen.

    >>> shown = controlled(pd.Series([12, 20, 3]))
    >>> filtered_sum(shown, pd.Series([True, True, False])).astype("str").iloc[0].tolist()
    ['30', '28.0', '34.0', 'ok']
    >>> filtered_sum(shown, pd.Series([True, False, True]))["status"].tolist()
    ['suppressed']
    """
    require(published, "published", ("count", "status"))
    rows = published[chosen.to_numpy(dtype=bool)]
    for status in ("suppressed", "missing"):
        if (rows["status"] == status).any():
            return _refused(status)
    if rows.empty:
        return _refused("not_applicable")
    _require_controlled(rows["count"], smallest, base)
    total = int(rows["count"].sum())
    if 0 < total < smallest:
        return _refused("suppressed")
    ranges = ranges_of(rows, smallest, base)
    return pd.DataFrame({
        "count": pd.array([total], dtype="Int64"), "low": [ranges["low"].sum()], "high": [ranges["high"].sum()],
        "status": ["ok"],
    })


def _refused(status: str) -> pd.DataFrame:
    return pd.DataFrame({
        "count": pd.array([pd.NA], dtype="Int64"), "low": [np.nan], "high": [np.nan], "status": [status],
    })


def _require_controlled(count: pd.Series, smallest: int, base: int) -> None:
    value = count.astype("Float64").to_numpy(dtype="float64", na_value=0.0)
    bad = (value % base != 0) | (value > 0) & (value < np.floor(smallest / base + 0.5) * base)
    if bad.any():
        raise InputError(f"published.count: {int(bad.sum())} counts are not controlled (multiples of {base}, 0 or from "
                         f"{smallest}), first at row {count.index[bad][0]}")


def published_rate(
    published: pd.DataFrame, denominator: pd.Series, per: float = 1.0, smallest: int = SMALLEST, base: int = BASE
) -> pd.DataFrame:
    """Rates of controlled counts: numerator, denominator, value [`per` people], low, high, status; indexed as given.

    `published`: count, status; `denominator` [people, aligned]. low and high: the limits of the count before rounding,
    so the range holds the true rate. NaN beside every status but ok; `not_applicable` where the denominator is 0.
    Raises InputError at a count that was not controlled: a rate of the true count times its denominator is that count.
    """
    require(published, "published", ("count", "status"))
    _require_controlled(published["count"], smallest, base)
    ranges = ranges_of(published, smallest, base)
    heads = denominator.astype("float64")
    ok = (published["status"] == "ok") & (heads > 0)
    numerator = published["count"].astype("Float64").astype("float64")
    out = pd.DataFrame({"numerator": numerator.where(ok), "denominator": heads}, index=published.index)
    for column, source in (("value", numerator), ("low", ranges["low"]), ("high", ranges["high"])):
        out[column] = rate(source * per, heads).where(ok)
    out["status"] = published["status"].mask((heads == 0) & (published["status"] == "ok"), "not_applicable")
    out["status"] = out["status"].mask(heads.isna() & (out["status"] == "ok"), "missing")
    return out
