"""The REST API under ``/api/v1``: one envelope for answers, one for errors."""
