"""What all front ends share: the connection, the chat model, history, slash commands, completion.

A front end makes a ``runner.ClientRunner``, draws ``runner.chat`` (``model``) and follows the ``events``.
``core.Core`` is the whole client without sockets, threads and clocks: lines in, lines and events out.
"""
