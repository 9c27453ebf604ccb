"""Who signed, who approved, and who may? The rules of keys and approvals; the keys themselves are `ssh-keygen`'s."""
