"""Everything moving on loopback: the simulated Twilio, our whole service, a mail server and a webhook receiver.

``stage`` sets it up and takes it down, ``play`` runs it before somebody's eyes. Nothing leaves the machine.
"""
