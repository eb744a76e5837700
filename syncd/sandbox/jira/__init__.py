"""A Jira that runs in this process: Cloud or Data Center over one state."""
