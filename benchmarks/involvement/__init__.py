"""Which tasks need IT: how well the product learns it from a history, and whether it keeps silent where it cannot."""
