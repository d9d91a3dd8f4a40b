"""What every other room uses: errors, places on disk, tables, progress."""
