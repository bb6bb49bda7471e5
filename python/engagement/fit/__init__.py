"""Fit the clusters of users, and ask how many there should be."""
