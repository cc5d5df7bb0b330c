"""An app whose SCIM is django-scim2 with every default of its own: only the models, and who may call, are ours."""
