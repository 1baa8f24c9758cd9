"""What `mesh docs` does: finding files, naming them, and ingesting them."""
