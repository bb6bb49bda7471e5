"""Engagement of mobile subscribers, from session records (xDR) to clusters."""
