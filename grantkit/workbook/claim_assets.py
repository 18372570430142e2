"""The sheet Assets: the capital assets bought with the grant up to the claim's last day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantkit.money import ZERO
from grantkit.workbook.cells import Formula
from grantkit.workbook.checks import agree
from grantkit.workbook.wording import pounds

if TYPE_CHECKING:
    from grantkit.workbook.checks import CheckList
    from grantkit.workbook.claim_return import ClaimReturn
    from grantkit.workbook.template import Template

COLUMNS = (
    *(
        "item",
        "supplier",
        "document",
        "line",
        "date",
        "cost",
        "work_streams",
        "po",
        "location",
        "useful_life",
    ),
    *("disposal", "line_id"),
)


def write(template: Template, data: ClaimReturn, checks: CheckList) -> None:
    """Write the sheet. Raises UnreadableError where the template lacks a name."""
    template.put(
        "assets_threshold",
        f"Capital lines with an eligible cost of {pounds(data.asset_threshold)} or more, to the claim's last day.",
    )
    table = template.table("assets", COLUMNS)
    table.open_up(len(data.assets))
    table.write(
        (
            *(asset.item, asset.supplier, asset.document, asset.line, asset.dated, asset.cost),
            *(asset.work_streams, asset.po, asset.location, asset.useful_life, asset.disposal, asset.line_id),
        )
        for asset in data.assets
    )
    table.write_total({"cost": sum((asset.cost for asset in data.assets), ZERO)})
    template.put("assets_check", Formula(agree(f"SUM({table.whole('cost')})", table.total_at("cost"))))
    checks.add(table.sheet.title, "The assets' costs add up to their total", "assets_check")
