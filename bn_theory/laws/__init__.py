"""The laws, one folder a subject: derived by the engine, sampled from the definition, recorded."""

__all__: list[str] = []
