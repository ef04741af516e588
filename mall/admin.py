"""The administration gets its own pages; Django loads this with every app's admin.py."""

from typing import Any

from django.contrib import admin

from mall.admin_site import own_pages

site: Any = admin.site
site.extra_urls = own_pages
site.enable_nav_sidebar = True
