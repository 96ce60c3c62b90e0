"""What does my own table look like on this map? (this visit only)"""

from __future__ import annotations

from views import access, figure, layer, layer_input, page
from views import session as visit
from views.words import say


def main() -> None:
    """The page."""
    store = visit.store()
    if not access.may("upload"):
        page.header("add_layer", access.reserved("upload"))
        access.sign_in("here")
        return
    page.header("add_layer", say("add_layer.lead"))
    held = layer_input.received()
    if held is None:
        layer_input.begin(store)
        return
    file, upload = held
    chosen = layer_input.choose(store, upload)
    made = layer_input.made(store, upload, chosen)
    figure.show(layer.figure_of(store, upload, made, chosen, file))
    figure.show(layer.report(made, upload, chosen))
    left = layer.refused(store, made, chosen)
    if left is not None:
        figure.show(left)


main()
