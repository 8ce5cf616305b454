"""The edge to paper and files: dataclass in, bytes out."""

from eb_sync.export.charge_list import render_charge_list
from eb_sync.export.documents import render_document_pdf
from eb_sync.export.register_files import render_register_csv, render_register_xlsx
from eb_sync.export.register_parsing import parse_register
from eb_sync.export.register_pdf import render_register_pdf

__all__ = [
    "parse_register",
    "render_charge_list",
    "render_document_pdf",
    "render_register_csv",
    "render_register_pdf",
    "render_register_xlsx",
]
