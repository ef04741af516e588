"""A small world in which something can be bought."""

from dataclasses import dataclass

from catalog.models import Category, Product, TaxClass, Variant
from catalog.services import stock
from delivery.models import ShippingRate
from orders.models import Cart, Order, Purchase
from orders.queries.bills import bill
from orders.queries.carts import priced
from orders.services import carts, finalising
from orders.services.placing import WhereTo, Wishes, place
from payments.models import Payment
from stores.models import Store

HERE = WhereTo(
    recipient="林小雨",
    phone="+8613800138001",
    province="310000",
    city="310100",
    district="310101",
    street="桂花路88号3单元501室",
    postcode="200001",
)


@dataclass
class Shop:
    """A store with some goods."""

    store: Store

    def goods(self, sku, *, price=9900, on_hand=10, rate=1300, weight_g=500, no_return=False):
        tax, _new = TaxClass.objects.get_or_create(
            code=f"t{rate}", defaults={"name_en": "Tax", "name_zh": "税", "rate_bp": rate}
        )
        category, _new = Category.objects.get_or_create(
            slug="tea", defaults={"name_en": "Tea", "name_zh": "茶"}
        )
        product = Product.objects.create(
            store=self.store,
            category=category,
            slug=sku.lower(),
            name_en=f"Thing {sku}",
            name_zh=f"东西{sku}",
            status="active",
            no_return=no_return,
            no_return_reason_en="It is fresh." if no_return else "",
            no_return_reason_zh="生鲜商品。" if no_return else "",
            min_price=price,
            in_stock=True,
        )
        variant = Variant.objects.create(
            product=product,
            sku=sku,
            price=price,
            currency="CNY",
            tax_class=tax,
            weight_g=weight_g,
        )
        stock.set_on_hand(variant, on_hand, reason="counted")
        return variant


def shop(slug="blue-hill", *, fee=800, free_from=None):
    store = Store.objects.create(
        slug=slug,
        name_en=slug.title(),
        name_zh=f"{slug}店",
        street_en="1 Mill Lane",
        street_zh="磨坊巷1号",
    )
    ShippingRate.objects.create(store=store, method="carrier", flat=fee, free_from=free_from)
    return Shop(store)


def cart_of(user, *wanted) -> Cart:
    """The person's cart with these (sku, quantity)."""
    mine = carts.open_cart_of(user)
    for sku, quantity in wanted:
        carts.add(mine, sku, quantity)
    return mine


def wishes_for(cart, *, where=HERE, methods=None, **more) -> Wishes:
    """What a buyer who looked at the page just now would send."""
    now = bill(priced(cart), methods=methods or {}, province=where.province)
    return Wishes(where=where, shown=now.shown, methods=methods or {}, **more)


def buy(user, *wanted, methods=None, **more) -> Purchase:
    """Place an order for these (sku, quantity)."""
    mine = cart_of(user, *wanted)
    return place(user, mine.code, wishes_for(mine, methods=methods, **more))


def pay(purchase) -> Payment:
    """Let the money arrive, as the partner's notice would."""
    from django.utils import timezone

    from payments import services as payments
    from payments.enums import Source
    from payments.providers.base import PartnerStatus, Status

    payment = Payment.objects.get(reference=purchase.reference)
    statement = PartnerStatus(
        payment.code, Status.PAID, payment.amount, "P" + payment.code, timezone.now()
    )
    from django.db import transaction

    with transaction.atomic():
        payments.apply(payment, statement, source=Source.NOTICE, key="test")
    payment.refresh_from_db()
    return payment


def buy_and_pay(user, *wanted, methods=None, **more) -> Order:
    """The one order of a paid purchase."""
    purchase = buy(user, *wanted, methods=methods, **more)
    pay(purchase)
    finalising.finalise(purchase)
    return Order.objects.filter(purchase=purchase).order_by("pk").first()
