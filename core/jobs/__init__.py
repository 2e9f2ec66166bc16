"""Work that outlives a request. The job row is the truth; Celery only rings a bell."""
