"""Which addresses and URLs a user may name."""

import json
from pathlib import Path

import pytest

from giftpulse.ground.addresses import check_url, parse_networks, refusal
from giftpulse.ground.errors import InvalidInputError

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "ssrf_urls.json"


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
        "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "100.100.100.200", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a83f:8110", "64:ff9b:1::808:808", "100::1",
        "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1",
        "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fe80::1%1",
        "2606:4700:4700::1111%1", "fec0::1", "ff02::1", "ff0e::1",
        "", "localhost", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "127.0.0.1 ", "8.8.8.8\n",
    ],
)  # fmt: skip
def test_refuses_what_is_not_public(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.0", "126.255.255.255",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15", "2606:4700:4700::1111", "2a00::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808",
    ],
)  # fmt: skip
def test_lets_the_public_pass(address: str) -> None:
    assert refusal(address) is None


def test_says_why() -> None:
    assert refusal("127.0.0.1") == "127.0.0.1 is a loopback address"
    assert refusal("64:ff9b::7f00:1") == "64:ff9b::7f00:1 is NAT64 for 127.0.0.1, a loopback address"
    assert refusal("169.254.169.254") == "169.254.169.254 is a cloud metadata address"


def test_the_operator_can_allow_networks() -> None:
    allowed = parse_networks("10.1.0.0/16, 127.0.0.0/8 fd12::/16")
    assert refusal("10.1.2.3", allowed) is None
    assert refusal("::ffff:10.1.2.3", allowed) is None
    assert refusal("127.0.0.1", allowed) is None
    assert refusal("fd12::1", allowed) is None
    assert refusal("10.2.0.1", allowed)
    assert refusal("::1", allowed)
    assert refusal("fd13::1", allowed)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
def test_a_wide_allowance_opens_no_metadata_service(address: str) -> None:
    assert refusal(address, parse_networks("0.0.0.0/0 ::/0 169.254.0.0/16"))
    assert refusal(address, parse_networks("169.254.169.254")) is None


def test_an_allowance_for_ipv4_opens_no_tunnel_to_it() -> None:
    allowed = parse_networks("127.0.0.0/8")
    for address in ("64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"):
        assert refusal(address, allowed)


def test_parses_networks() -> None:
    assert parse_networks("") == ()
    assert [str(n) for n in parse_networks("10.0.0.5,\n fd00::/8")] == ["10.0.0.5/32", "fd00::/8"]


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "example.com", "10.0.0.0/8;11.0.0.0/8"])
def test_a_wrong_network_names_the_setting(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_networks(text)
    assert caught.value.errors[0].field == "WEBHOOK_ALLOWED_NETWORKS"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "not a URL"),
        ("example.com/hook", "not a URL"),
        ("ftp://example.com/", "not a URL"),
        ("http:example.com", "not a URL"),
        ("https://user:pass@example.com/", "user name or password"),
        ("https://example.com\\@127.0.0.1/", "backslash"),
        (" https://example.com/", "space"),
        ("https://example.com/\u00a0", "space"),
        ("https://example.com/\ud800", "control character"),
        ("https://exam%70le.com/", "percent"),
        ("https:///x", "no host"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "not a valid URL"),
        ("https://[::1/", "not a valid URL"),
        ("http://127.1/", "not an IP address"),
        ("http://2130706433/", "not an IP address"),
        ("http://0x7f.0.0.1/", "not an IP address"),
        ("http://example.0x7f/", "not an IP address"),
        ("http://127.0.0.1./", "loopback"),
        ("http://[::ffff:127.0.0.1]/", "loopback"),
        ("http://①②⑦.⓪.⓪.①/", "loopback"),
        ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "private network"),
        ("http://localhost./", "private network"),
        ("http://a.b.localhost/", "private network"),
        ("http://printer.local/", "private network"),
        ("http://host.docker.internal/", "private network"),
        ("http://kubernetes.default.svc/", "private network"),
        ("http://intranet/", "private network"),
        ("http://metadata.google.internal/", "metadata"),
        ("https://a..example.com/", "valid"),
        ("https://-a.example.com/", "no valid name"),
        ("https://" + "a." * 130 + "com/", "valid"),
        ("https://example.com/" + "a" * 2048, "longer"),
    ],
)
def test_refuses_a_url_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_url(url, field="config.url")
    assert caught.value.errors[0].field == "config.url"
    assert reason in caught.value.errors[0].reason


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("127.0.0.1", True), ("192.168.1.5", True), ("[::1]", True), ("[fd12::1]", True), ("hooks.internal", True),
        ("169.254.169.254", False), ("224.0.0.1", False), ("127.1", False), ("metadata.google.internal", False),
    ],
)  # fmt: skip
def test_names_the_setting_where_it_can_help(host: str, named: bool) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_url(f"http://{host}/")
    assert ("WEBHOOK_ALLOWED_NETWORKS" in caught.value.errors[0].reason) == named


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com", "HTTPS://EXAMPLE.com:8443/a?b=c@d#e", "https://bücher.example/", "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/", "https://localhost.example.com/", "https://127.example.com./",
        "https://_dmarc.example.com/", "http://example.com:25/",
    ],
)  # fmt: skip
def test_accepts_a_public_url(url: str) -> None:
    check_url(url)


def test_private_names_are_accepted_once_a_private_network_is() -> None:
    allowed = parse_networks("10.0.0.0/8")
    check_url("http://receiver:8080/hook", allowed)
    check_url("http://hooks.internal/", allowed)
    check_url("http://10.0.0.9/", allowed)
    for url in ("http://metadata.google.internal/", "http://127.0.0.1/", "http://127.1/"):
        with pytest.raises(InvalidInputError):
            check_url(url, allowed)


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside this checkout")
def test_vectors_that_must_pass() -> None:
    urls = [v["url"] for v in json.loads(VECTORS.read_text())["urls"] if v["expect"] == "allow"]
    assert len(urls) > 20
    for url in urls:
        check_url(url)
