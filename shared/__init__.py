"""What the services share: server, clients, settings, observability, embedding."""
