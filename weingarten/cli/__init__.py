"""The command line ``weingarten``: text in, exact results out.

Nothing is loaded here: what reads text is used from Python, too, without the command line.
"""

__all__: list[str] = []
