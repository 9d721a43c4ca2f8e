"""``chatkit admin``: the face of the table of commands, for the shell and as a console.

Nothing is imported here, so that ``chatkit --help`` is instant.
"""
