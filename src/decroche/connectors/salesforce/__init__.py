"""Salesforce: opportunities are read, tasks are written."""
