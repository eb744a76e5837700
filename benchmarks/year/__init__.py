"""A year of a portfolio of campaigns, with known problems planted: what is said, when, and how often for nothing."""
