"""The composition root: every service, built once. Headless: the window and the command line stand on it alike."""
