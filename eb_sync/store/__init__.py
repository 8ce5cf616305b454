"""The edge to SQL: functions take a connection and give back our dataclasses; rows never leave this folder."""
