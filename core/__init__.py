"""The floor: money, periods, states, journal, events, jobs, PDF and API foundations. Knows no other room."""
