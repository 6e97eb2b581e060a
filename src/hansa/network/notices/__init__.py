"""News for people: said in their language, mailed as they chose, once."""
