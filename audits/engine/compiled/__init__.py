"""Inner loops over whole columns, compiled; only modules that checks import may import them."""
