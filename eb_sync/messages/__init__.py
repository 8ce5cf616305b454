"""Messages by e-mail: what waits, to leads and finance; reminders to teachers. Never twice for the same occasion."""
