"""Readers of the model formats customers hand over: each a validator before the native load. They run in the cage."""
