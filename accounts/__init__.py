"""Users, organisations, roles, keys, and the one place that decides who may see and do what."""
