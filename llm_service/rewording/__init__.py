"""Says a request in the words that the bundled model learned."""
