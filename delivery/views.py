"""Where carriers push their news."""

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from delivery import services
from delivery.errors import BadPush, MalformedPush, UnknownCarrier, UnknownParcel

LARGEST_PUSH = 64 * 1024


@csrf_exempt
@require_POST
def parcel_notify(request: HttpRequest, carrier: str) -> JsonResponse:
    """Take one event. The signature covers the raw body; the answer follows the commit.

    Anything but 200 makes the carrier send it again.
    """
    length = request.headers.get("Content-Length", "")
    is_plain = length.isascii() and length.isdigit() and len(length) < 10
    if length and not (is_plain and int(length) <= LARGEST_PUSH):
        return JsonResponse({"error": "too_large"}, status=413)
    try:
        services.receive(
            carrier, request.body, request.headers, method=request.method or "", path=request.path
        )
    except (UnknownCarrier, ImproperlyConfigured):
        raise Http404 from None
    except BadPush:
        return JsonResponse({"error": "bad_signature"}, status=401)
    except MalformedPush:
        return JsonResponse({"error": "malformed"}, status=400)
    except UnknownParcel:
        return JsonResponse({"error": "unknown_parcel"}, status=404)
    return JsonResponse({"ok": True})
