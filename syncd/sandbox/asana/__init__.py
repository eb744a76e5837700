"""An Asana that runs in this process: REST 1.0 over one workspace."""
