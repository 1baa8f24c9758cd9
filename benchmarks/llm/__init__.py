"""The LLM service measured beside the high-level Llama of llama-cpp-python."""
