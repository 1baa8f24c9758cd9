"""How the roles do their work with the model that is loaded: one folder a skill."""
