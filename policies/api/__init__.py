"""Policies over the API: quotes, policies and their papers."""
