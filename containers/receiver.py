"""A receiver of webhooks for the trial of the containers: prints the text of each, and says 200."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(BaseHTTPRequestHandler):
    """Takes every POST."""

    def do_POST(self) -> None:
        """Print what came."""
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sys.stdout.write(f"webhook {text}\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """No line for each request: its text is printed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8080), Receiver).serve_forever()  # noqa: S104 - a container of its own
