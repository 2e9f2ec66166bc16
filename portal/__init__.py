"""The pages of the insurer and of the customer: thin views over the rooms' services and selectors."""
