"""Who said what: quotations found in parsed text, with their speakers."""

from index.speech.quotation import Quotation, Speaker, Speech, Stance, Voice

__all__ = ["Quotation", "Speaker", "Speech", "Stance", "Voice"]
