"""ebsync: bookings from Eventbrite, decisions by a dated policy, invoices and registers for a Maths Hub."""
