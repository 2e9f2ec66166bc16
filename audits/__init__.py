"""Measures a model: knows artifacts and data, never customers or money."""
