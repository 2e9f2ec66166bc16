"""Changing policies: quotes, binding, the term's course, documents."""
