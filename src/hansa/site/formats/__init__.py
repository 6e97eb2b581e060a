"""How days are written in each language, where Django's own way reads badly: one folder per language."""
