"""The conversation as a page: one HTML file with all in it, which opens from disk. Pure: no broker, no Twisted."""
