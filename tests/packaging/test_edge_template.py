"""CloudFront in the packaged template: absent by default; with a domain, it keeps to the app's own rules."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.api.http import edge, headers
from chalicelib.api.http.problems import CODES
from chalicelib.web.page import PAGES
from tests.packaging.test_template import PROD

OURS = {"EdgeSecret", "EdgeHeaders", "EdgeCache", "Distribution"}
# the errors that CloudFront caches for 10 seconds unless told otherwise (CloudFront Developer Guide, "ErrorCode")
KEPT_ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
SITE, CERTIFICATE = "images.example.org", "arn:aws:acm:us-east-1:123456789012:certificate/" + "1" * 36


@pytest.fixture(scope="module")
def distribution(template: Any) -> Any:
    """Return the distribution's configuration."""
    return template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]


def test_there_is_none_without_a_domain(template: Any) -> None:
    """All of it is under one condition, off by default, and so are the variables of the API."""
    made = {name for name, made in template["Resources"].items() if made.get("Condition") == "HasDomain"}
    assert made == OURS
    assert {template["Parameters"][name]["Default"] for name in ("DomainName", "CertificateArn", "WebAclArn")} == {
        ""
    }
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert variables["PUBLIC_HOST"] == {"Fn::If": ["HasDomain", {"Ref": "DomainName"}, ""]}
    assert variables["EDGE_SECRET"]["Fn::If"][2] == ""
    assert not [
        name
        for name, made in template["Resources"].items()
        if name != "APIHandler" and "EDGE_SECRET" in str(made.get("Properties"))
    ]


@pytest.mark.parametrize(
    ("domain", "certificate", "allowed"),
    [
        ("", "", True),
        (SITE, CERTIFICATE, True),
        (SITE, "", False),
        ("", CERTIFICATE, False),
    ],
)
def test_domain_and_certificate_go_together(
    template: Any, domain: str, certificate: str, *, allowed: bool
) -> None:
    """A rule of the template refuses one without the other."""
    (rule,) = template["Rules"]["DomainHasCertificate"]["Assertions"]
    assert holds(rule["Assert"], {"DomainName": domain, "CertificateArn": certificate}) is allowed
    on = holds(template["Conditions"]["HasDomain"], {"DomainName": domain, "CertificateArn": certificate})
    assert on is bool(certificate)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("DomainName", SITE, True),
        ("DomainName", "", True),
        ("DomainName", "Images.example.org", False),
        ("DomainName", "https://images.example.org", False),
        ("DomainName", "localhost", False),
        (
            "CertificateArn",
            "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555",
            True,
        ),
        (
            "CertificateArn",
            "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555",
            False,
        ),
    ],
)
def test_a_parameter_that_cloudfront_would_refuse_is_refused_at_once(
    template: Any, name: str, value: str, *, allowed: bool
) -> None:
    """Rather than after minutes."""
    assert bool(re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)) is allowed


def test_the_api_is_asked_under_its_own_host_with_a_proof(distribution: Any) -> None:
    """Below its stage, over TLS; the header is the one that the app knows."""
    api, bucket = distribution["Origins"]
    assert api["DomainName"] == {"Fn::Sub": "${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    assert api["OriginPath"] == f"/{PROD['api_gateway_stage']}"
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    (proof,) = api["OriginCustomHeaders"]
    assert proof["HeaderName"].lower() == edge.PROOF
    assert proof["HeaderValue"] == {"Fn::Sub": "{{resolve:secretsmanager:${EdgeSecret}}}"}
    assert bucket["DomainName"] == {"Fn::GetAtt": ["ImagesBucket", "RegionalDomainName"]}
    assert "OriginAccessControlId" not in bucket  # S3 takes either its signature or that of the address


def test_nothing_of_people_is_kept(distribution: Any) -> None:
    """By default no answer is cached and all but the Host header is handed on (AWS: managed policies)."""
    usual = distribution["DefaultCacheBehavior"]
    assert usual["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert usual["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # AllViewerExceptHostHeader
    assert len(usual["AllowedMethods"]) == 7
    assert usual["ViewerProtocolPolicy"] == "redirect-to-https"


def test_what_is_kept_is_for_all_and_as_long_as_the_app_says(template: Any, distribution: Any) -> None:
    """Static files and the viewer of the document; derived files by their signature. No cookie reaches them."""
    kept = {one["PathPattern"]: one for one in distribution["CacheBehaviors"]}
    assert {path: one["TargetOriginId"] for path, one in kept.items()} == {
        "/static/*": "api",
        "/docs/*": "api",
        "/derived/*": "bucket",
    }
    assert all(
        one["CachePolicyId"] == {"Ref": "EdgeCache"} and "OriginRequestPolicyId" not in one
        for one in kept.values()
    )
    cache = template["Resources"]["EdgeCache"]["Properties"]["CachePolicyConfig"]
    assert (cache["MinTTL"], cache["DefaultTTL"], cache["MaxTTL"]) == (0, 0, 365 * 86_400)
    key = cache["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["HeadersConfig"]["Headers"] == ["Origin"]


def test_no_error_is_kept(distribution: Any) -> None:
    """One that passes must not stay for others, nor a cookie that an answer to an error sets."""
    told = distribution["CustomErrorResponses"]
    assert all(one == {"ErrorCode": one["ErrorCode"], "ErrorCachingMinTTL": 0} for one in told)
    codes = [one["ErrorCode"] for one in told]
    assert sorted(codes) == sorted(KEPT_ERRORS)
    ours = {status for status, _ in CODES.values() if status >= 400}
    assert (ours & KEPT_ERRORS) <= set(codes)
    # the others are kept only where the answer itself allows it
    assert ours - KEPT_ERRORS <= {401, 409, 410, 412, 413, 415, 422, 429}


def test_no_page_of_people_lies_under_a_path_that_is_kept(app: Any) -> None:
    """Of the pages, only static files do; and no page is served as a derived file."""
    patterns = ("/static/", "/docs/", "/derived/")
    assert {page.path for page in PAGES if page.path.startswith(patterns)} == {"/static/{version}/{name}"}
    assert {path for path in app.routes if path.startswith(patterns)} == {
        "/static/{version}/{name}",
        "/docs/{asset}",
    }


def test_cloudfront_s_own_answers_have_the_headers_of_the_app(template: Any) -> None:
    """Those of the app's answers stay."""
    told = template["Resources"]["EdgeHeaders"]["Properties"]["ResponseHeadersPolicyConfig"][
        "SecurityHeadersConfig"
    ]
    assert told["ContentSecurityPolicy"]["ContentSecurityPolicy"] == headers.SAFE["Content-Security-Policy"]
    assert told["ReferrerPolicy"]["ReferrerPolicy"] == headers.SAFE["Referrer-Policy"]
    seconds = told["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
    assert f"max-age={seconds}" == headers.HTTPS_ONLY["Strict-Transport-Security"]
    assert {name for name, one in told.items() if one["Override"]} == {"ContentTypeOptions"}


def test_old_tls_is_refused(distribution: Any) -> None:
    """TLS 1.2 and 1.3 alone, by SNI."""
    assert distribution["ViewerCertificate"] == {
        "AcmCertificateArn": {"Ref": "CertificateArn"},
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


def test_the_api_s_concurrency_is_a_parameter(template: Any) -> None:
    """None is reserved by default: a new account has ten in all, of which Lambda lets no function reserve one."""
    assert template["Parameters"]["ApiConcurrency"]["Default"] == 0
    reserved = {
        name: made["Properties"]["ReservedConcurrentExecutions"]
        for name, made in template["Resources"].items()
        if "ReservedConcurrentExecutions" in made["Properties"]
    }
    assert reserved == {
        "APIHandler": {"Fn::If": ["HasApiConcurrency", {"Ref": "ApiConcurrency"}, {"Ref": "AWS::NoValue"}]}
    }
    assert holds(template["Conditions"]["HasApiConcurrency"], {"ApiConcurrency": 0}) is False
    assert holds(template["Conditions"]["HasApiConcurrency"], {"ApiConcurrency": 1}) is True


def holds(condition: Any, parameters: dict[str, Any]) -> bool:
    """Evaluate a condition of CloudFormation."""
    ((function, arguments),) = condition.items()
    if function == "Fn::Equals":
        left, right = (parameters[one["Ref"]] if isinstance(one, dict) else one for one in arguments)
        return bool(left == right)
    found = [holds(argument, parameters) for argument in arguments]
    return {"Fn::Not": not found[0], "Fn::And": all(found), "Fn::Or": any(found)}[function]
