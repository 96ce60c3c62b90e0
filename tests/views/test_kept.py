"""What is kept between clicks: made once, shown again with the same parts for the picture taken away."""

from __future__ import annotations

import pandas as pd
import pytest

from views import bars, kept, noted
from views.figure import Figure
from views.tables import Column, Table


def test_kept_html_is_made_once_and_notes_its_bars_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made, shown = [], []
    monkeypatch.setattr(kept.st, "html", shown.append)

    def make() -> list[str]:
        made.append(1)
        return [bars.to_html([bars.Row("Nord", "12", 12.0)], ["", "Area", ""], "Areas", simulated=False), "<p>note</p>"]

    draw = kept.markup(make)
    for _ in range(2):
        with noted.noting() as parts:
            draw()
        assert [part.rows[0].name for part in parts] == ["Nord"]
    assert len(made) == 1 and shown[:2] == shown[2:] and "cv-bars" in shown[0] and shown[1] == "<p>note</p>"


def test_a_table_is_made_when_it_is_asked_for_and_once() -> None:
    made = []

    def make() -> Table:
        made.append(1)
        return Table([Column("Area", ["<Nord>"], "head")], pd.DataFrame({"area": ["<Nord>"]}), "Areas")

    figure = Figure("f", "?", "", table=make)
    assert not made
    assert figure.rows is figure.rows and figure.rows.html is figure.rows.html
    assert len(made) == 1 and "&lt;Nord&gt;" in figure.rows.html
    with pytest.raises(ValueError, match="without a table"):
        _ = Figure("f", "?", "").rows
