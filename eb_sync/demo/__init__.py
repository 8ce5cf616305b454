"""The demonstration: a Work Group's year on the built-in Eventbrite, told in a folder."""
