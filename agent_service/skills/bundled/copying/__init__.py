"""Tool calls made of what a request says, for a model that chooses well and copies badly.

A candidate is a whole call whose values stand in the request, or follow from its words. The model
chooses among the candidates that leave least of the request unexplained.
"""
