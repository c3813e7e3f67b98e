"""What each SymPy node lowers to: one row a node, one small file for each kind of nodes.

A new node is a row in the ``RULES`` of a file here: its class, what it lowers to, and for a matrix
how its shape is read off where SymPy's own ``shape`` will not do. A new file is found by itself.
"""

__all__: list[str] = []
