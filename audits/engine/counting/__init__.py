"""Rows counted once; what an audit says of groups, scores and periods is read off the counts."""
