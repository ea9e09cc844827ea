"""How the schema came to be, step by step. ``giftpulse db upgrade`` (and ``up``, by itself) walks them."""
