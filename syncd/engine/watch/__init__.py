"""After the writing: what the checks are told, when they look, and the status comment that says it."""
