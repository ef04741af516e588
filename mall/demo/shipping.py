"""Loads what delivery costs in the demo: each store's own table. Repeatable."""

from collections.abc import Mapping

from delivery.enums import MethodCode
from delivery.models import ShippingRate
from mall.demo.content import STORES, DemoStore
from stores.models import Store

FAR = "15 46 54 62 63 64 65"
"""Inner Mongolia, Hainan, Tibet, Gansu, Qinghai, Ningxia, Xinjiang."""


def load_shipping(stores: dict[str, Store]) -> int:
    """The fees of the demo's stores, by slug; returns how many lines are new."""
    return sum(_rates(stores[demo.slug], demo) for demo in STORES if demo.slug in stores)


def _rates(store: Store, demo: DemoStore) -> int:
    near: Mapping[str, int | None] = {
        "first_fee": demo.first_fee,
        "step_fee": demo.first_fee // 2,
        "free_from": demo.free_from,
    }
    far: Mapping[str, int | None] = {
        "first_fee": demo.far_fee,
        "step_fee": demo.far_fee // 2,
        "free_from": None,
    }
    return sum(_rate(store, regions, values) for regions, values in (("", near), (FAR, far)))


def _rate(store: Store, regions: str, values: Mapping[str, int | None]) -> bool:
    _row, created = ShippingRate.objects.update_or_create(
        store=store,
        method=MethodCode.CARRIER,
        regions=regions,
        defaults={"first_weight_g": 1000, "step_g": 1000, "flat": None, **values},
    )
    return created
