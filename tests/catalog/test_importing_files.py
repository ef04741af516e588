"""Reading product files: the hosted shops' CSV and the Merchant feeds."""

import io

import pytest

from catalog.services.importing import FileError, Problem, ProductRow, price_of
from catalog.services.importing_csv import HostedShopCsv
from catalog.services.importing_feed import MerchantTsv, MerchantXml

CSV = """Handle,Title,Body (HTML),Vendor,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text,Gift Card
moon-cup,Moon Cup,"<p>Thin</p><script>alert(1)</script><a href=""javascript:x"">go</a>",Kiln,"cup, moon",true,Colour,White,MC-W,120,5,28.50,32,https://pictures.example/1.jpg,1,White cup,false
moon-cup,,,,,,,Blue,MC-B,120,7,28.50,,https://pictures.example/2.jpg,2,,
moon-cup,,,,,,,Green,MC-G,120,7,cheap,,,,,
moon-cup,,,,,,,,,,,,,https://pictures.example/3.jpg,3,,
no-title,,,,,,,,X,1,1,10,,,,,
sun-plate,Sun Plate,,,,true,Title,Default Title,SP,400,,60,,,,,
"""

XML = """<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><g:id>A1</g:id><g:title>Moon Cup</g:title><g:description>Thin &amp; white</g:description>
<g:item_group_id>moon-cup</g:item_group_id><g:color>White</g:color><g:price>28.50 CNY</g:price>
<g:image_link>https://pictures.example/1.jpg</g:image_link><g:mystery>1</g:mystery></item>
<item><g:id>A2</g:id><g:title>Moon Cup</g:title><g:item_group_id>moon-cup</g:item_group_id>
<g:color>Blue</g:color><g:price>30 CNY</g:price><g:sale_price>25 CNY</g:sale_price>
<g:shipping_weight>0.2 kg</g:shipping_weight><g:availability>out of stock</g:availability></item>
<item><g:id>A3</g:id><g:title>Dollar Cup</g:title><g:price>28.50 USD</g:price></item>
</channel></rss>"""


def read_csv(text):
    reader = HostedShopCsv(io.StringIO(text, newline=""), currency="CNY")
    return list(reader.rows()), reader


def read_xml(text):
    reader = MerchantXml(io.BytesIO(text.encode()), currency="CNY")
    return list(reader.rows()), reader


def test_a_block_of_rows_becomes_one_product_with_variants_and_pictures():
    rows, _ = read_csv(CSV)
    cup, plate = (row for row in rows if isinstance(row, ProductRow))
    assert [v.sku for v in cup.variants] == ["MC-W", "MC-B"]
    assert [v.options for v in cup.variants] == [{"Colour": "White"}, {"Colour": "Blue"}]
    assert (cup.variants[0].price, cup.variants[0].compare_at) == (2850, 3200)
    assert [p.url[-5:] for p in cup.pictures] == ["1.jpg", "2.jpg", "3.jpg"]
    assert cup.tags == ("cup", "moon")
    assert plate.option_names == ()
    assert plate.variants[0].options == {}


def test_a_bad_row_is_named_with_its_line_and_the_rest_is_read():
    rows, _ = read_csv(CSV)
    problems = [row for row in rows if isinstance(row, Problem)]
    assert problems == [
        Problem(4, "“cheap” is no price."),
        Problem(6, "The title is missing."),
    ]


def test_lines_are_those_of_the_file_when_a_field_spans_several():
    rows, _ = read_csv('Handle,Title,Body (HTML),Variant Price\na,A,"one\ntwo\nthree",1\nb,,,1\n')
    assert [row.line for row in rows] == [2, 5]


def test_columns_that_nobody_reads_are_reported():
    _, reader = read_csv(CSV)
    assert reader.unknown == ["Gift Card"]
    _, feed = read_xml(XML)
    assert feed.unknown == ["mystery"]


def test_descriptions_lose_scripts_links_and_handlers():
    assert "<script>" in CSV
    rows, _ = read_csv(CSV)
    html = next(row for row in rows if isinstance(row, ProductRow)).html
    assert html == "<p>Thin</p>go"


def test_a_csv_without_its_heading_is_refused():
    with pytest.raises(FileError):
        read_csv("a,b\n1,2\n")


def test_items_of_one_group_become_one_product():
    rows, _ = read_xml(XML)
    cup = next(row for row in rows if isinstance(row, ProductRow))
    assert cup.handle == "moon-cup"
    assert [v.options for v in cup.variants] == [{"Color": "White"}, {"Color": "Blue"}]
    assert [(v.price, v.compare_at) for v in cup.variants] == [(2850, None), (2500, 3000)]
    assert [(v.weight_g, v.quantity) for v in cup.variants] == [(None, None), (200, 0)]


def test_another_currency_is_a_problem_with_its_line():
    rows, _ = read_xml(XML)
    assert [row for row in rows if isinstance(row, Problem)] == [Problem(9, "The price is in USD.")]


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_a_document_type_or_an_entity_refuses_the_file(head):
    text = XML.replace('<?xml version="1.0"?>', f'<?xml version="1.0"?>{head}')
    with pytest.raises(FileError, match="document type or entities"):
        read_xml(text)


def test_broken_xml_is_named_with_its_line():
    with pytest.raises(FileError, match="Line 3"):
        read_xml("<rss>\n<channel>\n</rss>")


def test_tab_separated_items_are_read_too():
    text = (
        "id\ttitle\tprice\timage link\tadditional image link\tcolour name\n"
        "C1\tCup\t12.00 CNY\thttps://p.example/1.jpg\thttps://p.example/2.jpg,https://p.example/3.jpg\tred\n"
        "\tNameless\t1 CNY\t\t\t\n"
    )
    reader = MerchantTsv(io.StringIO(text, newline=""), currency="CNY")
    problem, product = sorted(reader.rows(), key=lambda row: -row.line)
    assert product.variants[0].price == 1200
    assert len(product.pictures) == 3
    assert problem == Problem(3, "The id is missing.")
    assert reader.unknown == ["colour_name"]


def test_prices_are_exact():
    assert [price_of(t, "CNY") for t in ("0.1", "19.99", "1,299.00", "7 CNY")] == [
        10,
        1999,
        129900,
        700,
    ]
