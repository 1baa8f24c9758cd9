"""A server that speaks OpenAI's chat completions: llama-server, vLLM, Ollama, Groq and others."""
