"""The address book."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import queries
from accounts.errors import TooManyAddresses
from accounts.forms import AddressForm
from accounts.models import Address, User
from accounts.services import addresses
from common import regions
from common.http import no_store, safe_next_url

GET_POST = require_http_methods(["GET", "POST"])


@require_GET
@login_required
@no_store
def address_list(request: HttpRequest) -> HttpResponse:
    """All of them, the default first."""
    user = request.user
    assert isinstance(user, User)
    return render(request, "accounts/addresses.html", {"addresses": queries.addresses_of(user)})


@GET_POST
@login_required
@no_store
def add(request: HttpRequest) -> HttpResponse:
    """A new entry."""
    return _edit(request, None)


@GET_POST
@login_required
@no_store
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change an entry of one's own."""
    return _edit(request, _own(request, code))


def _edit(request: HttpRequest, address: Address | None) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    initial = AddressForm.values_of(address) if address else {}
    form = AddressForm(request.POST or None, initial=initial)
    next_url = safe_next_url(request, "")
    asks_for_regions = request.POST.get("action") == "regions"
    if asks_for_regions:
        # Without JavaScript: show the cities of the province, or the districts of the city.
        form = AddressForm(initial={name: request.POST.get(name, "") for name in form.fields})
    elif request.method == "POST" and form.is_valid():
        try:
            if address is None:
                address = addresses.add_address(user, **form.cleaned_data)
            else:
                addresses.change_address(address, **form.cleaned_data)
        except TooManyAddresses as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The address is saved."))
            return redirect(next_url or "accounts:addresses")
    return render(
        request, "accounts/address.html", {"form": form, "address": address, "next": next_url}
    )


@GET_POST
@login_required
@no_store
def delete(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once, then delete."""
    address = _own(request, code)
    if request.method == "POST":
        addresses.delete_address(address)
        messages.success(request, _("The address is deleted."))
        return redirect("accounts:addresses")
    return render(request, "accounts/address_delete.html", {"address": address})


@require_POST
@login_required
def make_default(request: HttpRequest, code: str) -> HttpResponse:
    """Use this one from now on."""
    addresses.make_default(_own(request, code))
    messages.success(request, _("This is your default address now."))
    return redirect("accounts:addresses")


@require_GET
@cache_control(public=True, max_age=86_400)
def region_choices(request: HttpRequest) -> HttpResponse:
    """The regions below one, for the address form."""
    code = request.GET.get("below", "")
    found = regions.cities(code) or regions.districts(code)
    return JsonResponse({"regions": [[one.code, one.name()] for one in found]})


def _own(request: HttpRequest, code: str) -> Address:
    user = request.user
    assert isinstance(user, User)
    found = queries.address_of(user, code)
    if found is None:
        raise Http404
    return found
