"""Words, figures and small drawings that the templates use."""
