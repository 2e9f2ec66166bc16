"""Ways in which an evaluation can be gamed, and what the rows sent can tell of each. A flag is never proof of fraud."""
