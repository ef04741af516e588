"""The catalogue holds goods; nobody appears in it."""

from catalog.models import (
    Category,
    Product,
    ProductPicture,
    SearchWord,
    Stock,
    StockMovement,
    StockReservation,
    TaxClass,
    Variant,
)
from privacy.registry import not_personal

not_personal(Category, because="Shelves of the mall.")
not_personal(TaxClass, because="Rates of tax.")
not_personal(Product, because="Goods and what is said about them.")
not_personal(Variant, because="Goods.")
not_personal(ProductPicture, because="Pictures of goods.")
not_personal(SearchWord, because="Words that stand on goods; what people type is not kept.")
not_personal(Stock, because="Numbers of goods.")
not_personal(
    StockReservation, because="Numbers of goods under the code of an order, which goes with it."
)
not_personal(
    StockMovement, because="Changes of numbers under the code of an order; nobody is named."
)
