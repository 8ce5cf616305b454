"""The edge to paper and files: dataclass in, bytes out."""

from eb_sync.export.certificate_pdf import render_certificate_pdf
from eb_sync.export.charge_list import ChargeFiles, customer_code, customer_name, render_charge_list
from eb_sync.export.column_maps import NATIVE, SPREADSHEET, ColumnMap, load_column_map, shipped_maps
from eb_sync.export.documents import render_document_pdf
from eb_sync.export.einvoice import check_einvoices, render_pdf_with_ubl, render_ubl
from eb_sync.export.einvoice_parties import Addressing, Endpoint, is_on_peppol
from eb_sync.export.explanation_pdf import render_explanation_pdf
from eb_sync.export.look import Look, check_look
from eb_sync.export.register_files import render_register_csv
from eb_sync.export.register_parsing import parse_register
from eb_sync.export.register_pdf import render_register_pdf
from eb_sync.export.register_workbook import render_register_xlsx
from eb_sync.export.report_pdf import render_report_pdf
from eb_sync.export.report_xlsx import render_report_xlsx
from eb_sync.export.spreadsheet_ids import damage_to, repair_id

__all__ = [
    "NATIVE",
    "SPREADSHEET",
    "Addressing",
    "ChargeFiles",
    "ColumnMap",
    "Endpoint",
    "Look",
    "check_einvoices",
    "check_look",
    "customer_code",
    "customer_name",
    "damage_to",
    "is_on_peppol",
    "load_column_map",
    "parse_register",
    "render_certificate_pdf",
    "render_charge_list",
    "render_document_pdf",
    "render_explanation_pdf",
    "render_pdf_with_ubl",
    "render_register_csv",
    "render_register_pdf",
    "render_register_xlsx",
    "render_report_pdf",
    "render_report_xlsx",
    "render_ubl",
    "repair_id",
    "shipped_maps",
]
