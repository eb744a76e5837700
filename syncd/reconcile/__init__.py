"""The three-way merge: what would bring two linked items to agreement, as pure data.

`merge.py` decides one field from three values, `plan.py` makes a plan of all fields of a link, `create.py` drafts a
counterpart. Called by the engine; calls the mapping's lenses; never reads or writes anything itself.
"""
