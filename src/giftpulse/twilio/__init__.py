"""The border: the only code that speaks to Twilio, and the only code that knows how Twilio speaks."""
