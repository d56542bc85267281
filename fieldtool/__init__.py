"""fieldtool: finds, updates, proves and records EV chargers on site, offline."""

__version__ = "0.1.0"
