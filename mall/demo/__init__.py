"""The demo mall: invented stores, goods drawn for it, invented people and their orders."""
