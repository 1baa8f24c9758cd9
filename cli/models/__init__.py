"""Language models in place of the bundled one: listed, downloaded, checked, chosen."""
