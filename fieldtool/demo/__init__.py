"""The whole story on a virtual site: prepare, arrive, decide, update, return. On screen, or offscreen by itself."""
