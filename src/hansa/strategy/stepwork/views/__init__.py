"""The pages of steps 2 to 4."""
