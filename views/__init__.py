"""From frames to what a person sees: words, numbers, maps, tables, figures."""
