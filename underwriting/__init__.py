"""Customers' submissions, registered models and versions, rating plans, prices, referrals and the portfolio."""
