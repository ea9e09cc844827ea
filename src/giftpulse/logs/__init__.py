"""The record: everything Twilio said, stored once and followed as it changes. Both halves read it; it knows neither."""
