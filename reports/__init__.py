"""Papers that cross domains: the quarterly audit report tells measurement, price and claims together."""
