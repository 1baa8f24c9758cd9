"""The one place where tasks are submitted, answered, cancelled, retried, forked and watched."""
