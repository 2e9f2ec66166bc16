"""Coverage part B: a guarantee that pays by a measured rate, without adjustment of a loss."""
