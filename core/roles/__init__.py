"""One file a role: a small async function from the state to what changes in it."""
