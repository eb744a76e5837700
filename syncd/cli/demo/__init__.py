"""`syncd demo`: the whole product over two stand-in tools on this machine, told as a story.

Everything between the two sandboxes is the real thing: a configuration in files, connectors over HTTP, a store, plans.
`stage.py` sets up the tools and the files, `story.py` plays the acts, `telling.py` finds the words, `live.py` goes on
for as long as somebody wants to play.
"""
