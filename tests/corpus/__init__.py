"""Bad input: every kind of file that went wrong somewhere, made here, with what must come of it."""
