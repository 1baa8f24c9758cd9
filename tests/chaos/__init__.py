"""Random kills. MESH_CHAOS_SECONDS makes them longer than the short version of `make test`."""
