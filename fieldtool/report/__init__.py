"""Evidence of what was done at a charger: one signed document, its PDF, and who believes it why."""
