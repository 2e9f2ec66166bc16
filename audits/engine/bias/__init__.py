"""Bias beyond the priced gap: every metric for every group and intersection, within legitimate factors, by exchange of
the attribute itself, and through the inputs that stand for it."""
