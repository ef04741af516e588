"""The Celery application. The broker is a doorbell: what is to be done stands in the job table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings")

app = Celery("mall")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {"tick": {"task": "jobs.tick", "schedule": 5.0, "options": {"expires": 5}}}
