"""Backup, restore and checks of what lies below MESH_HOME."""
