"""Takes the text out of documents that are no text, in a process that may fail alone."""
