"""Where strangers' bytes are parsed: a resource-limited child that answers in a fixed binary form and nothing else."""
