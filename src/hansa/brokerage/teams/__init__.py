"""Teams: candidates per role from the catalogue, the best whole consortium, and the sentences about it."""
