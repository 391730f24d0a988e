"""Settings of the example project: everything that differs between hosts comes from the environment."""

import os

DEBUG = os.environ.get("DEBUG", "0") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split(",")
ENVIRONMENT = os.environ.get("DJANGO_ENV", "development")
DEPLOY_METHOD = os.environ.get("DEPLOY_METHOD", "none")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("SQLITE_PATH", "db.sqlite3")}}
CELERY_TASK_ALWAYS_EAGER = os.environ.get("CELERY_TASK_ALWAYS_EAGER", "0") == "1"
METRICS_BACKEND = os.environ.get("METRICS_BACKEND", "none")
METRICS_HOST = os.environ.get("METRICS_HOST")
LOG_DIR = os.environ.get("LOG_DIR", "logs")
IS_HUB = os.environ.get("IS_HUB", "0") == "1"
HUB_URL = os.environ.get("HUB_URL", "")
CLUSTER_SECRET = os.environ.get("CLUSTER_SECRET", "")
INSTANCE_ID = os.environ.get("INSTANCE_ID", "")
