"""What an output must fit: JSON Schemas and grammars, up to the tokens that they allow next."""
