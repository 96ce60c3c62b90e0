"""Each indicator computed from the tables of a draft and written to it: where loaders and indicators meet."""
