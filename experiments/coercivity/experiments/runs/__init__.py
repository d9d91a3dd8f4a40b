"""One run or many: execution, the world as loaded, result folders and manifests."""
