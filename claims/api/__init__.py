"""Claims over the API: incidents, claims, and the steps of handling them."""
