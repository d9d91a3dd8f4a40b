"""From words to checked settings: composition, names, validation, listings, labels."""
