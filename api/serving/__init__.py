"""How the API listens: connections that wait for their client are bounded in number and time.

The modules know connections and bytes. They know no routes, except the one that must always answer. Why: decision 0087.
"""
