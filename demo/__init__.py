"""The demo: a client of the public API, as customers and staff are. It imports no room of the house."""
