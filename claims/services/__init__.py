"""Changing claims: reporting, review, reserves, decisions, payments, closing."""
