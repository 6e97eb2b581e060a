"""The faces of runs and priorities; each part of the room has its own views beside its actions."""
