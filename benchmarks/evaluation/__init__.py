"""What a model reaches through the mesh, beside what the same model reaches alone."""
