"""Steps that bring the label server's tables from one version to the next (Alembic)."""
