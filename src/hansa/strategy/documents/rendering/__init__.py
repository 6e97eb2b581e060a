"""A version as HTML, DOCX or PDF; drawn from its stored content alone, so that an old one renders as it did."""
