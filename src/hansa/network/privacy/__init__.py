"""Data protection: what is held on a person, given as a file; erased with proof; kept no longer than agreed."""
