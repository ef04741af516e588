"""Gateways that redirect the payer, sign with RSA2 and notify by form POST.

Parameters are sorted and joined `name=value&…`, signed with RSA PKCS#1 v1.5 and SHA-256, and the
business part travels as JSON in `biz_content`. Amounts cross here, and only here, from minor units
to the partner's decimals.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import RuleError
from common.money import parse_amount, plain_amount
from common.outbound import PartnerUnreachable, call
from common.partner_keys import sandbox_section
from payments.errors import BadNotice
from payments.providers.base import (
    PartnerMessage,
    PartnerStatus,
    PaymentRequest,
    Redirect,
    RefundAnswer,
    RefundRequest,
    Status,
)

PARTNER_ZONE = ZoneInfo("Asia/Shanghai")
HOME_CURRENCY = "CNY"
OK = "10000"
NOT_KNOWN = "ACQ.TRADE_NOT_EXIST"
WRONG_STATUS = "ACQ.TRADE_STATUS_ERROR"
PASSING = frozenset({"20000", "10003", "ACQ.SYSTEM_ERROR"})
"""Codes and sub-codes that say nothing about the outcome: ask again."""
STORED = frozenset(
    {
        "notify_id",
        "notify_time",
        "notify_type",
        "out_trade_no",
        "trade_status",
        "total_amount",
        "refund_fee",
        "out_biz_no",
        "gmt_create",
        "gmt_payment",
        "gmt_refund",
        "gmt_close",
    }
)
"""What of a notice is kept; who the payer is at the partner is not our business."""

_STATUSES = {
    "WAIT_BUYER_PAY": Status.WAITING,
    "TRADE_FAILED": Status.FAILED,
    "TRADE_SUCCESS": Status.PAID,
    "TRADE_FINISHED": Status.PAID,
    "TRADE_CLOSED": Status.CLOSED,
}


@dataclass(frozen=True)
class Config:
    """The contract with the gateway. `method_prefix` goes before every method's name."""

    url: str
    app_id: str
    seller_id: str
    private_key: str
    partner_key: str
    method_prefix: str


def config() -> Config:
    """From the settings; in the demo and in tests from the sandbox where they are empty."""
    url = settings.PAYMENT_GATEWAY_URL
    if settings.PAYMENT_APP_ID:
        return Config(
            url=url,
            app_id=settings.PAYMENT_APP_ID,
            seller_id=settings.PAYMENT_SELLER_ID,
            private_key=settings.PAYMENT_PRIVATE_KEY,
            partner_key=settings.PAYMENT_PARTNER_KEY,
            method_prefix=settings.PAYMENT_METHOD_PREFIX,
        )
    if not url:
        raise ImproperlyConfigured("PAYMENT_GATEWAY_URL and PAYMENT_APP_ID are not set.")
    return Config(url=url, method_prefix="", **sandbox_section("payment"))


def signed_content(parameters: Mapping[str, str], *, without: frozenset[str]) -> bytes:
    """`name=value` of everything that is not empty, sorted by name, joined by `&`."""
    kept = sorted((k, v) for k, v in parameters.items() if v != "" and k not in without)
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def sign(private_key: str, content: bytes) -> str:
    """SHA256withRSA in base64."""
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ImproperlyConfigured("PAYMENT_PRIVATE_KEY is not an RSA key.")
    return base64.b64encode(key.sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(partner_key: str, content: bytes, signature: str) -> bool:
    """Whether the partner signed exactly this."""
    key = serialization.load_pem_public_key(partner_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ImproperlyConfigured("PAYMENT_PARTNER_KEY is not an RSA key.")
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def partner_time(text: str | None) -> datetime | None:
    """`2027-01-05 09:30:00` in the partner's zone; None for anything else."""
    try:
        plain = datetime.strptime((text or "")[:19], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return plain.replace(tzinfo=PARTNER_ZONE)


class RedirectRsa2:
    """See the module's first lines."""

    code = "redirect_rsa2"
    acknowledgement = "success"
    label = _("Online payment on the page of our payment partner")

    def origin(self) -> str:
        """Scheme and host of the payment page."""
        parts = urlsplit(config().url)
        return f"{parts.scheme}://{parts.netloc}"

    def redirect(self, request: PaymentRequest) -> Redirect:
        """A signed address; the same payment always opens the same trade."""
        business = {
            "out_trade_no": request.payment_code,
            "total_amount": plain_amount(request.amount, request.currency),
            "subject": request.title,
            "product_code": "FAST_INSTANT_TRADE_PAY",
        }
        if request.currency != HOME_CURRENCY:
            business["trans_currency"] = request.currency
        if request.expires_at is not None:
            business["time_expire"] = _partner_text(request.expires_at)
        addresses = {"notify_url": request.notify_url, "return_url": request.return_url}
        parameters = _request("trade.page.pay", business, addresses)
        return Redirect(f"{config().url}?{urlencode(parameters)}")

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> PartnerMessage:
        """Verify signature, app and seller on the raw form body."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except (UnicodeDecodeError, ValueError):
            raise BadNotice("not_a_form") from None
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise BadNotice("repeated_field")
        if not self._is_from_partner(fields):
            raise BadNotice("bad_signature")
        if not fields.get("notify_id") or not fields.get("out_trade_no"):
            raise BadNotice("incomplete")
        return PartnerMessage(
            partner_id=fields["notify_id"][:128],
            statement=_statement(fields, HOME_CURRENCY),
            content={name: fields[name][:200] for name in sorted(STORED & fields.keys())},
        )

    def is_genuine_return(self, parameters: Mapping[str, str]) -> bool:
        """Whether the partner signed this return address, for our app and seller."""
        return self._is_from_partner(parameters)

    def query(self, payment_code: str, currency: str) -> PartnerStatus:
        """Ask for the trade; a trade that the payer never opened is UNKNOWN."""
        answer = _post("trade.query", {"out_trade_no": payment_code})
        if answer.get("sub_code") == NOT_KNOWN:
            return PartnerStatus(payment_code, Status.UNKNOWN)
        _expect_ok(answer)
        if answer.get("out_trade_no") != payment_code:
            raise PartnerUnreachable("partner", "The payment partner answered about another trade.")
        return _statement(answer, currency)

    def close(self, payment_code: str) -> Status:
        """Close an unpaid trade."""
        answer = _post("trade.close", {"out_trade_no": payment_code})
        if answer.get("sub_code") == NOT_KNOWN:
            return Status.UNKNOWN
        if answer.get("sub_code") == WRONG_STATUS:
            return self.query(payment_code, HOME_CURRENCY).status
        _expect_ok(answer)
        return Status.CLOSED

    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Refund once per key; the partner answers a repetition like the first time."""
        business = {
            "out_trade_no": request.payment_code,
            "refund_amount": plain_amount(request.amount, request.currency),
            "out_request_no": request.key,
            "refund_reason": request.reason,
        }
        if request.currency != HOME_CURRENCY:
            business["refund_currency"] = request.currency
        answer = _post("trade.refund", business)
        if answer.get("code") == OK:
            return RefundAnswer(refunded=True)
        if PASSING & {answer.get("code"), answer.get("sub_code")}:
            raise PartnerUnreachable("partner", "The payment partner cannot refund at the moment.")
        refusal = answer.get("sub_code") or answer.get("code") or "refused"
        return RefundAnswer(refunded=False, refusal=str(refusal)[:60])

    def was_refunded(self, payment_code: str, key: str) -> bool:
        """Ask for one refund."""
        business = {"out_trade_no": payment_code, "out_request_no": key}
        answer = _post("trade.fastpay.refund.query", business)
        if answer.get("sub_code") == NOT_KNOWN:
            return False
        _expect_ok(answer)
        return answer.get("refund_status") == "REFUND_SUCCESS"

    def ask_to_delete(self, notice: Mapping[str, object]) -> bool:
        """Hand a notice of erasure over; most gateways of this protocol know no such call."""
        text = json.dumps(notice, ensure_ascii=False, separators=(",", ":"))
        answer = _post("data.erasure.notify", {"notice": text})
        if PASSING & {answer.get("code"), answer.get("sub_code")}:
            raise PartnerUnreachable("partner", "The payment partner cannot answer at the moment.")
        return answer.get("code") == OK and answer.get("acknowledged") == "True"

    def _is_from_partner(self, fields: Mapping[str, str]) -> bool:
        contract = config()
        content = signed_content(fields, without=frozenset({"sign", "sign_type"}))
        return (
            fields.get("sign_type") == "RSA2"
            and is_signed(contract.partner_key, content, fields.get("sign", ""))
            and fields.get("app_id") == contract.app_id
            and fields.get("seller_id") == contract.seller_id
        )


def _partner_text(moment: datetime) -> str:
    return moment.astimezone(PARTNER_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _request(
    method: str, business: Mapping[str, str], addresses: Mapping[str, str] | None = None
) -> dict[str, str]:
    contract = config()
    parameters = {
        "app_id": contract.app_id,
        "method": contract.method_prefix + method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": _partner_text(timezone.now()),
        "version": "1.0",
        "biz_content": json.dumps(dict(business), ensure_ascii=False, separators=(",", ":")),
        **(addresses or {}),
    }
    content = signed_content(parameters, without=frozenset({"sign"}))
    return parameters | {"sign": sign(contract.private_key, content)}


def _post(method: str, business: Mapping[str, str]) -> dict[str, Any]:
    """Call the gateway and return the inner answer once its signature holds."""
    contract = config()
    response = call(
        "POST", contract.url, partner="payment partner", data=_request(method, business)
    )
    key = f"{contract.method_prefix}{method}".replace(".", "_") + "_response"
    inner, raw, signature = _open_answer(response.text, key)
    if not is_signed(contract.partner_key, raw.encode(), signature):
        raise PartnerUnreachable("partner", "The payment partner's answer is not signed.")
    return inner


def _open_answer(text: str, key: str) -> tuple[dict[str, Any], str, str]:
    """The inner object, its exact text (that is what was signed), and the signature."""
    try:
        outer = json.loads(text)
        name = key if key in outer else "error_response"
        inner = outer[name]
        start = text.index(f'"{name}"') + len(name) + 2
        start = text.index("{", start)
        _object, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, KeyError, TypeError):
        raise PartnerUnreachable(
            "partner", "The payment partner's answer makes no sense."
        ) from None
    if not isinstance(inner, dict):
        raise PartnerUnreachable("partner", "The payment partner's answer makes no sense.")
    return inner, text[start:end], str(outer.get("sign", ""))


def _expect_ok(answer: Mapping[str, Any]) -> None:
    if answer.get("code") != OK:
        raise PartnerUnreachable("partner", "The payment partner refused to answer.")


def _statement(fields: Mapping[str, Any], currency: str) -> PartnerStatus:
    """Translate the partner's words; a trade closed after it was paid is a paid one."""
    status = _STATUSES.get(str(fields.get("trade_status")), Status.WAITING)
    paid_at = fields.get("gmt_payment") or fields.get("send_pay_date")
    if status is Status.CLOSED and paid_at:
        status = Status.PAID
    moment = paid_at if status is Status.PAID else fields.get("gmt_close")
    named = str(fields.get("trans_currency") or currency)
    try:
        amount = parse_amount(str(fields["total_amount"]), named)
    except (KeyError, RuleError):
        amount = None
    return PartnerStatus(
        payment_code=str(fields.get("out_trade_no", "")),
        status=status,
        amount=amount,
        partner_reference=str(fields.get("trade_no", ""))[:64],
        happened_at=partner_time(str(moment) if moment else str(fields.get("notify_time", ""))),
    )
