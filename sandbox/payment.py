"""The payment partner: trades, refunds, and signed answers and notices."""

import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

from sandbox import erasures, pages
from sandbox.faults import Faults
from sandbox.keys import Keys
from sandbox.outbox import Outbox
from sandbox.signing import UNSIGNED_IN_NOTICES, compact, rsa2_holds, rsa2_sign, sorted_pairs
from sandbox.store import Row, Store
from sandbox.web import Refused, Request, Response, is_loopback, redirect

SHANGHAI = timezone(timedelta(hours=8))
AMOUNT = re.compile(r"^\d{1,9}(\.\d{1,3})?$")
NAME = re.compile(r"^[A-Za-z0-9_\-]{1,64}$")
PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")
OPEN = "WAIT_BUYER_PAY"
PAYER = "pay***@payer.example"

Content = dict[str, str]


class Denied(Exception):
    """A refusal of the protocol."""

    def __init__(self, sub_code: str, *, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.code = code
        self.sub_code = sub_code


class PaymentPartner:
    """One gateway address for programs, one page per trade for the payer."""

    def __init__(self, keys: Keys, store: Store, outbox: Outbox, faults: Faults) -> None:
        self._keys = keys.payment
        self._store = store
        self._outbox = outbox
        self._faults = faults
        self._methods: dict[str, Callable[[Content], Content]] = {
            "trade.query": self._query,
            "trade.refund": self._refund,
            "trade.fastpay.refund.query": self._refund_query,
            "trade.close": self._close,
            "data.erasure.notify": self._erase,
        }
        outbox.speak_for("pay", _notice_headers, _is_accepted)
        outbox.watch(self._close_expired)

    # --- Doors ----------------------------------------------------------------------------

    def gateway(self, request: Request) -> Response:
        """GET opens the payment page, POST answers programs."""
        parameters = request.form()
        method = parameters.get("method", "")
        if request.method == "GET":
            return self._faults.around(
                "pay",
                "trade.page.pay",
                lambda: self._open_page(request, parameters),
                lambda: pages.refusal(request, "ACQ.SYSTEM_ERROR", 400),
            )
        refusal = (
            "ACQ.SELLER_BALANCE_NOT_ENOUGH" if method == "trade.refund" else "ACQ.INVALID_PARAMETER"
        )
        return self._faults.around(
            "pay",
            method,
            lambda: self._answer(method, parameters),
            lambda: self._signed(method, _denial(Denied(refusal))),
        )

    def page(self, request: Request, token: str) -> Response:
        """The payer's page: shows the trade (GET), takes the payer's decision (POST)."""
        trade = self._store.row("SELECT * FROM trades WHERE token = ?", token)
        if trade is None:
            return pages.refusal(request, "ACQ.TRADE_NOT_EXIST", 404)
        trade = self._fresh(trade)
        if request.method == "GET":
            return pages.payment(request, trade)
        action = request.form().get("action", "")
        if action not in {"pay", "fail", "leave"}:
            return pages.refusal(request, "ACQ.INVALID_PARAMETER", 400)
        if action != "leave" and trade["status"] != OPEN:
            return redirect(f"/pay/trade/{token}")
        if action != "leave":
            self.act(trade["out_trade_no"], action)
        return redirect(self._return_address(self._trade(trade["out_trade_no"])))

    def act(self, out_trade_no: str, action: str) -> None:
        """What the payer, or a person at the controls, does to a trade."""
        trade = self._trade(out_trade_no)
        match action:
            case "pay":
                if self._settle(trade):
                    self._notify(out_trade_no)
            case "fail":
                self._notify(out_trade_no, status="TRADE_FAILED")
            case "close":
                if self._end(trade):
                    self._notify(out_trade_no)
            case "notify":
                if not self._outbox.repeat_last(out_trade_no):
                    self._notify(out_trade_no)
            case _:
                raise Refused(400, "unknown_action")

    def describe(self, out_trade_no: str) -> Row:
        """A trade for the controls."""
        try:
            trade = self._trade(out_trade_no)
        except Denied:
            raise Refused(404, "unknown_trade") from None
        refunds = self._store.rows("SELECT * FROM refunds WHERE out_trade_no = ?", out_trade_no)
        return {
            "out_trade_no": trade["out_trade_no"],
            "trade_no": trade["trade_no"],
            "trade_status": trade["status"],
            "total_amount": trade["total_amount"],
            "refunded_amount": trade["refunded"],
            "page": f"/pay/trade/{trade['token']}",
            "asked": json.loads(trade["asked"]),
            "refunds": [
                {"out_request_no": one["out_request_no"], "amount": one["amount"]}
                for one in refunds
            ],
        }

    def trades(self) -> list[Row]:
        """The latest trades for the controls."""
        rows = self._store.rows("SELECT out_trade_no FROM trades ORDER BY rowid DESC LIMIT 500")
        return [self.describe(row["out_trade_no"]) for row in rows]

    # --- The payer's page ---------------------------------------------------------------

    def _open_page(self, request: Request, parameters: Content) -> Response:
        try:
            business = self._verified(parameters, "trade.page.pay")
            token = self._open_trade(business, parameters)
        except Denied as denial:
            return pages.refusal(request, denial.sub_code, 400)
        return redirect(f"/pay/trade/{token}")

    def _open_trade(self, business: Content, parameters: Content) -> str:
        name, amount = business.get("out_trade_no", ""), business.get("total_amount", "")
        notify_url = parameters.get("notify_url", "")
        return_url = parameters.get("return_url", "")
        named = NAME.match(name) and AMOUNT.match(amount) and business.get("subject")
        if not named or Decimal(amount) <= 0 or not business.get("product_code"):
            raise Denied("ACQ.INVALID_PARAMETER")
        if notify_url and not is_loopback(notify_url):
            raise Denied("ACQ.INVALID_PARAMETER")
        if urlsplit(return_url).scheme not in {"http", "https"}:
            raise Denied("ACQ.INVALID_PARAMETER")
        expires = _moment(business["time_expire"]) if business.get("time_expire") else None
        with self._store.transaction():
            known = self._store.row("SELECT * FROM trades WHERE out_trade_no = ?", name)
            if known is not None:
                if Decimal(known["total_amount"]) != Decimal(amount):
                    raise Denied("ACQ.CONTEXT_INCONSISTENT")
                self._store.change(
                    "UPDATE trades SET notify_url = ?, return_url = ? WHERE out_trade_no = ?",
                    notify_url,
                    return_url,
                    name,
                )
                return str(known["token"])
            token = secrets.token_urlsafe(18)
            self._store.change(
                "INSERT INTO trades (out_trade_no, trade_no, token, status, total_amount, currency,"
                " subject, asked, notify_url, return_url, time_expire, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                name,
                f"{datetime.now(SHANGHAI):%Y%m%d}{secrets.randbelow(10**20):020d}",
                token,
                OPEN,
                amount,
                business.get("trans_currency", "CNY"),
                business["subject"],
                compact(business),
                notify_url,
                return_url,
                expires,
                time.time(),
            )
        self._outbox.nudge()
        return token

    def _return_address(self, trade: Row) -> str:
        parameters = self._sign_all(
            {
                "method": "trade.page.pay.return",
                "app_id": self._keys["app_id"],
                "seller_id": self._keys["seller_id"],
                "out_trade_no": trade["out_trade_no"],
                "trade_no": trade["trade_no"],
                "total_amount": trade["total_amount"],
                "timestamp": _words(time.time()),
                "charset": "utf-8",
                "version": "1.0",
                "sign_type": "RSA2",
            }
        )
        glue = "&" if urlsplit(trade["return_url"]).query else "?"
        return f"{trade['return_url']}{glue}{urlencode(parameters)}"

    # --- The gateway ----------------------------------------------------------------------

    def _answer(self, method: str, parameters: Content) -> Response:
        try:
            business = self._verified(parameters, method)
            content = {"code": "10000", "msg": "Success"} | self._methods[method](business)
        except Denied as denial:
            content = _denial(denial)
        return self._signed(method, content)

    def _verified(self, parameters: Content, method: str) -> Content:
        """The business part of a request that the mall signed."""
        content = sorted_pairs(parameters, without=frozenset({"sign"}))
        if (
            parameters.get("sign_type") != "RSA2"
            or parameters.get("app_id") != self._keys["app_id"]
            or not rsa2_holds(self._keys["mall_key"], content, parameters.get("sign", ""))
        ):
            raise Denied("isv.invalid-signature", code="40002")
        known = method in self._methods or method == "trade.page.pay"
        if not known or parameters.get("method") != method or parameters.get("version") != "1.0":
            raise Denied("isv.invalid-method", code="40002")
        _moment(parameters.get("timestamp", ""))
        try:
            business = json.loads(parameters.get("biz_content", ""))
        except ValueError:
            raise Denied("ACQ.INVALID_PARAMETER") from None
        if not isinstance(business, dict):
            raise Denied("ACQ.INVALID_PARAMETER")
        return {str(name): str(value) for name, value in business.items()}

    def _signed(self, method: str, content: Content) -> Response:
        """Signed over the exact text of the inner object."""
        name = (
            method.replace(".", "_") + "_response" if method in self._methods else "error_response"
        )
        inner = compact(content)
        sign = rsa2_sign(self._keys["private_key"], inner.encode())
        return Response(200, f'{{"{name}":{inner},"sign":"{sign}"}}'.encode())

    def _query(self, business: Content) -> Content:
        trade = self._trade(business.get("out_trade_no", ""))
        answer = _told(trade) | {"buyer_logon_id": PAYER}
        if trade["paid_at"]:
            answer["send_pay_date"] = _words(trade["paid_at"])
        return answer

    def _close(self, business: Content) -> Content:
        trade = self._trade(business.get("out_trade_no", ""))
        if not self._end(trade):
            raise Denied("ACQ.TRADE_STATUS_ERROR")
        return {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}

    def _refund(self, business: Content) -> Content:
        key, amount = business.get("out_request_no", ""), business.get("refund_amount", "")
        if not NAME.match(key) or not AMOUNT.match(amount) or Decimal(amount) <= 0:
            raise Denied("ACQ.INVALID_PARAMETER")
        with self._store.transaction():
            trade = self._trade(business.get("out_trade_no", ""))
            name = trade["out_trade_no"]
            known = self._store.row(
                "SELECT * FROM refunds WHERE out_trade_no = ? AND out_request_no = ?", name, key
            )
            if known is not None and Decimal(known["amount"]) != Decimal(amount):
                raise Denied("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            if known is None:
                self._pay_back(trade, key, Decimal(amount), business.get("refund_reason", ""))
            trade = self._trade(name)
        return {
            "out_trade_no": name,
            "trade_no": trade["trade_no"],
            "refund_fee": trade["refunded"],
            "fund_change": "Y" if known is None else "N",
            "gmt_refund_pay": _words(time.time()),
        }

    def _pay_back(self, trade: Row, key: str, amount: Decimal, reason: str) -> None:
        if trade["status"] not in PAID:
            raise Denied("ACQ.TRADE_STATUS_ERROR")
        refunded, total = Decimal(trade["refunded"]) + amount, Decimal(trade["total_amount"])
        if refunded > total:
            raise Denied("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        name, now = trade["out_trade_no"], time.time()
        self._store.change(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?)", name, key, str(amount), reason, now
        )
        self._store.change(
            "UPDATE trades SET refunded = ?, refunded_at = ?, status = ? WHERE out_trade_no = ?",
            str(refunded),
            now,
            "TRADE_CLOSED" if refunded == total else trade["status"],
            name,
        )
        self._notify(name, refund=(key, str(amount)))

    def _erase(self, business: Content) -> Content:
        """Forget where payers came from; what the law keeps of a trade stays."""
        try:
            document = json.loads(business.get("notice", ""))
            answer = erasures.take(self._store, "pay", document, self._forget)
        except (ValueError, Refused):
            raise Denied("ACQ.INVALID_PARAMETER") from None
        return {name: str(value) for name, value in answer.items()}

    def _forget(self, out_trade_no: str) -> int:
        return self._store.change(
            "UPDATE trades SET asked = '{}', subject = '' WHERE out_trade_no = ?", out_trade_no
        )

    def _refund_query(self, business: Content) -> Content:
        trade = self._trade(business.get("out_trade_no", ""))
        key = business.get("out_request_no", "")
        answer = {"out_trade_no": trade["out_trade_no"], "out_request_no": key}
        known = self._store.row(
            "SELECT * FROM refunds WHERE out_trade_no = ? AND out_request_no = ?",
            trade["out_trade_no"],
            key,
        )
        if known is not None:
            answer |= {"refund_status": "REFUND_SUCCESS", "refund_amount": known["amount"]}
        return answer

    # --- Trades ---------------------------------------------------------------------------

    def _trade(self, out_trade_no: str) -> Row:
        trade = self._store.row("SELECT * FROM trades WHERE out_trade_no = ?", out_trade_no)
        if trade is None:
            raise Denied("ACQ.TRADE_NOT_EXIST")
        return self._fresh(trade)

    def _fresh(self, trade: Row) -> Row:
        """The trade, closed if its time is over."""
        if (
            trade["status"] != OPEN
            or not trade["time_expire"]
            or trade["time_expire"] > time.time()
        ):
            return trade
        if self._end(trade):
            self._notify(trade["out_trade_no"])
        return (
            self._store.row("SELECT * FROM trades WHERE out_trade_no = ?", trade["out_trade_no"])
            or trade
        )

    def _settle(self, trade: Row) -> bool:
        return bool(
            self._store.change(
                "UPDATE trades SET status = 'TRADE_SUCCESS', paid_at = ?"
                " WHERE out_trade_no = ? AND status = ?",
                time.time(),
                trade["out_trade_no"],
                OPEN,
            )
        )

    def _end(self, trade: Row) -> bool:
        return bool(
            self._store.change(
                "UPDATE trades SET status = 'TRADE_CLOSED', closed_at = ?"
                " WHERE out_trade_no = ? AND status = ?",
                time.time(),
                trade["out_trade_no"],
                OPEN,
            )
        )

    def _close_expired(self, now: float) -> float | None:
        for trade in self._store.rows(
            "SELECT * FROM trades WHERE status = ? AND time_expire <= ?", OPEN, now
        ):
            self._fresh(trade)
        coming = self._store.row("SELECT min(time_expire) AS at FROM trades WHERE status = ?", OPEN)
        return coming["at"] if coming else None

    # --- Notices --------------------------------------------------------------------------

    def _notify(
        self, out_trade_no: str, *, status: str = "", refund: tuple[str, str] | None = None
    ) -> None:
        trade = self._store.row("SELECT * FROM trades WHERE out_trade_no = ?", out_trade_no)
        if trade is None or not trade["notify_url"]:
            return
        fields = _told(trade) | {
            "notify_id": secrets.token_hex(17),
            "notify_time": _words(time.time()),
            "notify_type": "trade_status_sync",
            "app_id": self._keys["app_id"],
            "seller_id": self._keys["seller_id"],
            "trade_status": status or trade["status"],
            "buyer_logon_id": PAYER,
            "gmt_create": _words(trade["created_at"]),
            "charset": "utf-8",
            "version": "1.0",
            "sign_type": "RSA2",
        }
        for name, moment in (
            ("gmt_payment", trade["paid_at"]),
            ("gmt_refund", trade["refunded_at"]),
            ("gmt_close", trade["closed_at"]),
        ):
            if moment:
                fields[name] = _words(moment)
        if refund is not None:
            fields["out_biz_no"], fields["refund_fee"] = refund[0], trade["refunded"]
        signed = self._sign_all(fields)
        if self._outbox.habit("pay")["forge"]:
            # What a forger can do: the old signature under other words.
            signed["total_amount"] = "0.01"
        self._outbox.add("pay", about=out_trade_no, url=trade["notify_url"], body=urlencode(signed))

    def _sign_all(self, fields: Content) -> Content:
        content = sorted_pairs(fields, without=UNSIGNED_IN_NOTICES)
        return fields | {"sign": rsa2_sign(self._keys["private_key"], content)}


def _told(trade: Row) -> Content:
    told = {
        "out_trade_no": trade["out_trade_no"],
        "trade_no": trade["trade_no"],
        "trade_status": trade["status"],
        "total_amount": trade["total_amount"],
    }
    if trade["currency"] != "CNY":
        told["trans_currency"] = trade["currency"]
    return told


def _denial(denial: Denied) -> Content:
    return {"code": denial.code, "msg": "Business Failed", "sub_code": denial.sub_code}


def _words(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _moment(text: str) -> float:
    try:
        plain = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise Denied("ACQ.INVALID_PARAMETER") from None
    return plain.replace(tzinfo=SHANGHAI).timestamp()


def _notice_headers(_row: Row) -> dict[str, str]:
    return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def _is_accepted(status: int, body: bytes) -> bool:
    return status == 200 and body.strip() == b"success"
