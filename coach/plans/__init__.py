"""Support-session plans: a topic, a setting and minutes in, a plan that is data, and documents made of it, out."""
