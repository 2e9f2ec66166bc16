"""What the whole book says: experience, portfolio, reserves, and what a draft plan would do to it."""
