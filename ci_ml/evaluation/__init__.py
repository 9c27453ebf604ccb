"""How good is this model, and is it better than the one it would replace?"""
