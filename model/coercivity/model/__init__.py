"""Who acts: states and firms, what they may know, what they choose, what it changes."""

from pathlib import Path

# Modules that moved answer under their old names for one release.
__path__ += [str(Path(__file__).parent / "legacy")]
