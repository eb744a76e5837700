"""What history says: will an issue of IT miss its date, and does a task of marketing need IT? Pure; NumPy's only room.

Of issues: `history` is what is learnt from, `features` what is known of one at one moment, `learning` makes a model of
both. Of tasks: `words` and `involvement`. Imported only where something is learnt or asked, since NumPy costs a moment.
"""
