"""The pages that people see, without script, in two languages."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from html import escape
from urllib.parse import urlsplit

from sandbox.store import Row
from sandbox.web import Request, Response

SHANGHAI = timezone(timedelta(hours=8))
SYMBOLS = {"CNY": "¥"}

STYLE = """
:root { color-scheme: light dark; --ink: #16202b; --soft: #4c5a68; --paper: #eef2f6;
  --card: #fff; --line: #cfd8e1; --deed: #0b5c8a; --on-deed: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef3f7; --soft: #b4c1cd; --paper: #10171e;
  --card: #1a242e; --line: #38485a; --deed: #7cc4ee; --on-deed: #08202f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
  font: 16px/1.55 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
main { max-width: 30rem; margin: 6vh auto; padding: 0 1rem; }
main.wide { max-width: 64rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 1.75rem; }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; }
.note { color: var(--soft); margin: 0 0 1.25rem; }
.amount { font-size: 2.5rem; font-weight: 650; margin: .5rem 0 1rem;
  font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.25rem; margin: 0 0 1.5rem;
  padding: 1rem 0; border-block: 1px solid var(--line); }
dt { color: var(--soft); } dd { margin: 0; text-align: end; overflow-wrap: anywhere; }
form { display: grid; gap: .75rem; }
button { font: inherit; min-height: 48px; padding: .5rem 1.25rem; border-radius: 10px;
  border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer; }
button.deed { background: var(--deed); border-color: var(--deed); color: var(--on-deed);
  font-weight: 600; }
button:hover { border-color: var(--ink); }
:focus-visible { outline: 3px solid var(--deed); outline-offset: 2px; }
.table { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th, td { text-align: start; padding: .6rem .75rem .6rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td form { display: flex; flex-wrap: wrap; gap: .5rem; } td button { min-height: 40px;
  padding: .25rem .8rem; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
"""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Payment partner (sandbox)", "支付合作方（沙箱）"),
    "note": (
        "A stand-in on this computer. No real money moves.",
        "本机上的替身，不会发生真实扣款。",
    ),
    "number": ("Payment number", "支付编号"),
    "what": ("For", "款项"),
    "until": ("Pay before", "请在此前支付"),
    "pay": ("Pay", "支付"),
    "fail": ("Let it fail", "让支付失败"),
    "leave": ("Leave", "离开"),
    "back": ("Back to the shop", "返回商城"),
    "paid": ("This payment is done.", "这笔款项已支付。"),
    "closed": (
        "This payment is closed. Nobody can pay it any more.",
        "这笔款项已关闭，无法再支付。",
    ),
    "refused": ("This payment cannot be shown", "无法显示这笔款项"),
    "refused_why": (
        "The shop's request was refused. Go back and try again.",
        "商城的请求被拒绝。请返回后重试。",
    ),
    "code": ("Code", "代码"),
    "parcels": ("Carrier (sandbox): parcels", "承运方（沙箱）：包裹"),
    "parcels_note": (
        "Move a parcel by hand; the mall is told at once.",
        "手动推进包裹，商城会立即收到推送。",
    ),
    "no_parcels": ("No parcel has been handed over yet.", "还没有交寄的包裹。"),
    "tracking": ("Tracking number", "运单号"),
    "reference": ("Reference", "商城编号"),
    "state": ("State", "状态"),
    "move": ("Move to", "推进到"),
    "ACCEPTED": ("Accepted", "已下单"),
    "COLLECTED": ("Collected", "已揽收"),
    "IN_TRANSIT": ("On its way", "运输中"),
    "OUT_FOR_DELIVERY": ("Out for delivery", "派送中"),
    "DELIVERED": ("Delivered", "已签收"),
    "RETURNED": ("Returned", "已退回"),
    "LOST": ("Lost", "已丢失"),
    "CANCELLED": ("Cancelled", "已取消"),
}


def style() -> Response:
    """The one style sheet."""
    return Response(200, STYLE.encode(), "text/css; charset=utf-8")


def payment(request: Request, trade: Row) -> Response:
    """The payer's page in the language of their browser."""
    say = _speech(request)
    amount = SYMBOLS.get(trade["currency"], f"{trade['currency']} ") + trade["total_amount"]
    facts = [(say("what"), trade["subject"]), (say("number"), trade["out_trade_no"])]
    if trade["time_expire"] and trade["status"] == "WAIT_BUYER_PAY":
        moment = datetime.fromtimestamp(trade["time_expire"], SHANGHAI)
        facts.append((say("until"), f"{moment:%Y-%m-%d %H:%M}"))
    if trade["status"] == "WAIT_BUYER_PAY":
        ending = "".join(
            f'<button name="action" value="{action}"{look}>{say(action)}</button>'
            for action, look in (("pay", ' class="deed"'), ("fail", ""), ("leave", ""))
        )
    else:
        word = "closed" if trade["status"] == "TRADE_CLOSED" and not trade["paid_at"] else "paid"
        ending = (
            f'<p role="status">{say(word)}</p>'
            f'<button name="action" value="leave" class="deed">{say("back")}</button>'
        )
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return _page(
        request,
        say("title"),
        f'<h1>{say("title")}</h1><p class="note">{say("note")}</p>'
        f'<p class="amount">{escape(amount)}</p><dl>{lines}</dl>'
        f'<form method="post">{ending}</form>',
        form_target=trade["return_url"],
    )


def refusal(request: Request, code: str, status: int) -> Response:
    """Why there is nothing to pay."""
    say = _speech(request)
    body = (
        f"<h1>{say('refused')}</h1><p>{say('refused_why')}</p>"
        f'<p class="note">{say("code")}: <code>{escape(code)}</code></p>'
    )
    return _page(request, say("refused"), body, status=status)


def parcels(
    request: Request, shipments: Iterable[Row], moves: dict[str, tuple[str, ...]]
) -> Response:
    """All parcels with what can be done to each; shows no recipient."""
    say = _speech(request)
    rows = "".join(_parcel(say, row, moves[row["state"]]) for row in shipments)
    heads = "".join(
        f'<th scope="col">{say(word)}</th>' for word in ("tracking", "reference", "state", "move")
    )
    table = (
        f'<div class="table" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        if rows
        else f"<p>{say('no_parcels')}</p>"
    )
    body = f'<h1>{say("parcels")}</h1><p class="note">{say("parcels_note")}</p>{table}'
    return _page(request, say("parcels"), body, wide=True)


def _parcel(say: "Speech", row: Row, moves: tuple[str, ...]) -> str:
    buttons = "".join(
        f'<button name="state" value="{state}">{say(state)}</button>' for state in moves
    )
    return (
        f"<tr><td><code>{escape(row['tracking_number'])}</code></td>"
        f"<td><code>{escape(row['reference'])}</code></td><td>{say(row['state'])}</td>"
        f'<td><form method="post" action="/carrier/move">'
        f'<input type="hidden" name="reference" value="{escape(row["reference"])}">'
        f"{buttons}</form></td></tr>"
    )


class Speech:
    """Words in one language."""

    def __init__(self, *, chinese: bool) -> None:
        self.code = "zh-Hans" if chinese else "en"
        self._index = int(chinese)

    def __call__(self, word: str) -> str:
        return WORDS[word][self._index]


def _speech(request: Request) -> Speech:
    """The first language that the browser names decides."""
    wanted = request.headers.get("Accept-Language", "")
    return Speech(chinese=wanted.strip().lower().startswith("zh"))


def _page(
    request: Request,
    title: str,
    body: str,
    *,
    status: int = 200,
    wide: bool = False,
    form_target: str = "",
) -> Response:
    target = urlsplit(form_target)
    also = f" {target.scheme}://{target.netloc}" if target.netloc else ""
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{also}"
    )
    html = (
        f'<!doctype html><html lang="{_speech(request).code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/style.css"></head>'
        f'<body><main class="{"wide" if wide else "narrow"}"><div class="card">{body}</div></main>'
        "</body></html>"
    )
    return Response(
        status,
        html.encode(),
        "text/html; charset=utf-8",
        {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Language",
        },
    )
