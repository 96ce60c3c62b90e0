"""Published files become typed tables; nothing here knows about pages."""
