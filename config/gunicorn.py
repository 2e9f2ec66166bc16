"""How the web server runs: `gunicorn -c python:config.gunicorn config.wsgi`; `manage.py up` starts the same."""

worker_class = "config.web.PacedWorker"
workers = 2
# More than all uploads together may hold (settings.UPLOADS_AT_ONCE), so that a thread is left for everything else even
# if one worker gets all the uploads.
threads = 24
timeout = 120
loglevel = "warning"
