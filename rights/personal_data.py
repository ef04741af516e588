"""The rights pages hold nothing of their own; the privacy engine declares what it keeps."""
