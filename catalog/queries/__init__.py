"""Reads of the catalogue."""

from catalog.queries.cards import ProductCard, cards_of, on_sale
from catalog.queries.cart import CartVariant, variant_by_sku, variants_for_cart
from catalog.queries.home import HomeSections, home_sections, ranking
from catalog.queries.lists import Facet, Listing, Wish, browse
from catalog.queries.product import ProductPage, product_page
from catalog.queries.tree import CategoryNode, CategoryTree, category_tree, root_categories

__all__ = [
    "CartVariant",
    "CategoryNode",
    "CategoryTree",
    "Facet",
    "HomeSections",
    "Listing",
    "ProductCard",
    "ProductPage",
    "Wish",
    "browse",
    "cards_of",
    "category_tree",
    "home_sections",
    "on_sale",
    "product_page",
    "ranking",
    "root_categories",
    "variant_by_sku",
    "variants_for_cart",
]
