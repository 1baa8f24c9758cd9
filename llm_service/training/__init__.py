"""Makes the bundled model: data, training, export and evaluation, from nothing."""
