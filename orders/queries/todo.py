"""What waits for staff, by name: the lists of the administration filter by it."""

from django.db.models import Q

from delivery.enums import MethodCode
from orders.enums import Attention, DeliveryState, OrderState, ReturnState

CONFIRMED = Q(state=OrderState.CONFIRMED)

ORDERS_TO_DO: dict[str, Q] = {
    "to_send": CONFIRMED & Q(delivery_state=DeliveryState.NOT_SHIPPED, method=MethodCode.CARRIER),
    "to_prepare": CONFIRMED & Q(delivery_state=DeliveryState.NOT_SHIPPED, method=MethodCode.PICKUP),
    "to_hand_over": CONFIRMED & Q(delivery_state=DeliveryState.READY),
    "sold_out": Q(attention__in=[Attention.SOLD_OUT, Attention.PAID_LATE]),
    "on_the_way": Q(attention__in=[Attention.LOST, Attention.CAME_BACK]),
    "refunds": Q(attention__in=[Attention.REFUND_FAILED, Attention.REFUND_DUE]),
}
RETURNS_TO_DO: dict[str, Q] = {
    "to_decide": Q(state=ReturnState.REQUESTED),
    "to_receive": Q(state__in=[ReturnState.APPROVED, ReturnState.SHIPPED_BACK]),
}
