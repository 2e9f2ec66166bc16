"""What this version does in how much time, each figure beside its peer in one run: `python -m benchmarks`.

Only ratios within one run mean anything. Every row says how far the two answers lie apart; a row that is fast and
different fails the run.
"""
