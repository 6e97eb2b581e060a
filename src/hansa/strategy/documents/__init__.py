"""Documents of a run, written from live records: their words and figures, versions, renderings and differences."""
