"""Readers of the formats customers send. They run in the child only; magic.py also in the parent."""
