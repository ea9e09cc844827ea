"""The collector of traces."""

from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground import traces
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.settings import Settings


def collector(settings: Settings) -> Finding:
    """Whether traces that are wanted can be had, and are taken. None is sent."""
    check, where = "Collector of traces", settings.otel_exporter_otlp_endpoint
    if not where:
        return ok(check, "Not set up (OTEL_EXPORTER_OTLP_ENDPOINT): there are no traces.")
    try:
        refusal = traces.refusal(settings)
    except SettingsError as error:
        return fail(check, f"Nothing starts. {error}.", "Install them, or unset OTEL_EXPORTER_OTLP_ENDPOINT.")
    if refusal is not None:
        says = f"{where} takes no traces; nothing else suffers. OpenTelemetry says: {refusal}"
        mend = "Check OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP: port 4318 mostly) and OTEL_EXPORTER_OTLP_HEADERS."
        return warn(check, says, mend)
    return ok(check, f"{where} takes traces. None was sent.")
