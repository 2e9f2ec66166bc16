"""Forms by noun. They check shape only; the services judge."""
