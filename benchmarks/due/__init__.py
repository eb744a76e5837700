"""What looking again costs, as a portfolio grows."""
