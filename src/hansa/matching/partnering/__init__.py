"""Partner search from a history of projects: who worked with whom, on what, and what a new project is about.

`records` says what goes in, `history` keeps it as sparse tables, `signals` reads one kind of evidence each, `likeness`
compares texts of single projects, `weights` joins them, `suggest` ranks and explains, `files` reads and writes.
"""
