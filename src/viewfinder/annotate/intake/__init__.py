"""Tasks that others made are taken into a dataset."""
