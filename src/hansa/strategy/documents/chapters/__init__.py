"""The chapters that the documents have from the core of the room: runs, evidence, priorities and their moves."""
