"""What people of the field write, kept apart from what is computed: decisions, by whom, on which numbers."""
