"""Portal views by noun: each declares its access, calls selectors and services, and renders."""
