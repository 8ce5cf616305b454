"""Alembic migrations, run by the program itself: any command creates or migrates its database."""
