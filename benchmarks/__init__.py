"""Measurements of the whole product, apart from the tests: `python -m benchmarks.NAME`, see README.md."""
