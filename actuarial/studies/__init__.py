"""The kinds of study: a module each, with its STUDY."""
