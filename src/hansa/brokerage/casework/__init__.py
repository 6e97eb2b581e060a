"""Work on cases: the board on which they move."""
