"""What the demo says about one good, one category and one store."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A good in one language: name, one sentence, one paragraph, and the facts as a list."""

    name: str
    summary: str
    story: str
    facts: tuple[str, ...]

    @property
    def html(self) -> str:
        """The description as safe HTML."""
        items = "".join(f"<li>{fact}</li>" for fact in self.facts)
        return f"<p>{self.story}</p><ul>{items}</ul>"


@dataclass(frozen=True)
class Size:
    """A second option beside the colour; what it adds to price (fen) and weight (grams)."""

    en: str
    zh: str
    more: int = 0
    heavier: int = 0


@dataclass(frozen=True)
class DemoGood:
    """One product of the demo. Price in fen, tax within it, weight in grams."""

    key: str
    slug: str
    store: str
    category: str
    price: int
    weight: int
    en: Text
    zh: Text
    size_name: tuple[str, str] = ("Size", "规格")
    sizes: tuple[Size, ...] = ()
    before: int | None = None
    stock: int = 40
    sold: int = 0
    tax: str = "standard"
    no_return: tuple[str, str] | None = None
    tags: tuple[str, ...] = field(default=())
