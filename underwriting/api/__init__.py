"""Underwriting over the API."""
