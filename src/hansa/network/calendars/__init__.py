"""What is due for a person, as a calendar that programs subscribe to."""
