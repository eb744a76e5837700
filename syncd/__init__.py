"""syncd keeps a marketing tool and Jira in step, and says early when deadlines do not fit."""
