"""How forms call the figures of a claim: the labels beside their cells and the headings of their tables.

Each line is a figure and its phrases, the most usual first; a line that begins with blanks goes on. Add what a funder's
form says and nothing here matches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Phrases: TypeAlias = Mapping[str, Sequence[str]]


def listed(text: str) -> dict[str, tuple[str, ...]]:
    """Figures with their phrases, out of lines."""
    lines = text.strip().replace("\n  ", " ").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {figure: tuple(phrase.strip() for phrase in those.split(",")) for figure, _, those in pairs}


#: Figures that a form has once.
SINGLE = listed("""
award.reference: grant reference, grant reference number, grant number, award reference, agreement
  reference, grant agreement reference, agreement number, reference number, grant ref, our reference,
  project reference, unique reference number, URN, grant id, award number, reference
award.title: grant title, name of grant, project title, project name, award title, grant name, title of
  project, programme, scheme, project, name of project, grant scheme
award.funder: funder, grant funder, awarding body, funding body, grantor, authority, department
award.recipient: recipient, grant recipient, organisation, name of organisation, organisation name, grantee,
  force, police force, claimant, recipient organisation, policing body, applicant, police and crime
  commissioner, local policing body, force name, name of recipient
award.amount: total grant, grant award, total grant award, grant awarded, award amount, grant amount,
  maximum grant, value of grant, total award, total grant allocation, grant allocation, total funding
  awarded, maximum sum, grant offered, amount awarded, total grant value
award.starts: grant start date, project start date, start date, award start date, funding start
award.ends: grant end date, project end date, end date, award end date, funding end, expiry date
claim.period: claim period, period of claim, period covered, reporting period, period, funding period,
  period of this claim, period covered by this claim, claim period dates
claim.name: claim, claim number, claim no, claim name, claim reference
claim.quarter: quarter, claim quarter, quarter claimed, quarter number, which quarter
claim.from: period from, claim period from, from, period start, claim from, period start date, start of
  period, claim period start, claim period start date, date from, period beginning
claim.to: period to, claim period to, to, period end, claim to, period end date, period ending, end of
  period, claim period end, claim period end date, date to, quarter ending
claim.financial_year: financial year, year, fiscal year, grant year
claim.version: version, claim version, revision
claim.status: status, claim status, draft or final
claim.basis: basis, basis of claim, accounting basis, claim basis
claim.lines: number of transactions, number of lines, transactions, number of items
claim.unallocated: unallocated, unallocated expenditure, expenditure without heading not claimed, eligible
  expenditure without a heading
claim.signatory: signatory, signatory's position, position of signatory, title of signatory
claim.prepared_by: prepared by, completed by, form completed by, claim prepared by, compiled by
claim.prepared_on: date prepared, date completed, date of completion, prepared on, date of claim
claim.submitted_on: date submitted, submission date, date of submission, submitted on
claim.submitted_by: submitted by, claim submitted by
claim.approved_by: approved by, authorised by, claim approved by
total.this_claim: total claimed this period, amount claimed, total claim, amount of this claim, total
  claimed, total this claim, grant claimed this period, amount claimed this period, claim amount, total
  amount claimed, amount of claim, amount of grant claimed, claim value, payment requested, total
  expenditure this period, total amount of this claim, total grant claimed this period
""")
#: Figures that a form may have of each work stream, and in total.
OF_STREAM = listed("""
this_claim: this claim, claimed this period, amount claimed, claim this period, expenditure this period,
  actual this period, actual expenditure, spend this period, expenditure in period, actual, this period,
  this quarter, claim this quarter, expenditure this quarter, claimed this quarter, actual spend, current
  claim, amount claimed this period, claim, grant claimed, total claimed
original: original budget, original allocation, budget at award, original agreed budget
virements: virement, budget movement, budget transfer, transfer between headings
budget: budget, approved budget, agreed budget, current budget, allocation, grant allocation, revised
  budget, total budget, annual budget, full year budget, budget allocation
claimed_before: previously claimed, claimed previously, previous claims, claimed to date prior, prior
  claims, claimed before, total previously claimed, previous claim, claimed previous period, prior claim,
  amount previously claimed, expenditure previously claimed, claimed in earlier periods
late: prior period items, late items, prior period
adjustments: adjustment, prior period adjustment, correction
accruals: accrual, accrual movement, accrued
cumulative: cumulative, cumulative claim, cumulative expenditure, total to date, claimed to date, cumulative
  to date, expenditure to date, total claimed to date, spend to date, year to date, cumulative total,
  cumulative spend, cumulative claimed, actual to date
remaining: remaining, balance, balance remaining, remaining budget, unspent, budget remaining, remaining
  balance, unclaimed balance, balance of grant, remaining grant, left to claim
held_back: held back, not claimed, above budget, expenditure held back above budget
budget_to_date: budget to date, profile to date, profiled spend, planned to date, profiled budget
eligible: eligible, eligible expenditure, eligible cost, eligible to date
ineligible: ineligible, ineligible expenditure, ineligible cost
variance: variance, variance to date, variance against profile, under overspend, variation
forecast: forecast, forecast outturn, full year forecast, year end forecast, forecast to year end, projected
  outturn, estimated outturn, outturn, forecast full year, forecast year end
full_year_variance: full year variance, forecast variance, variance at year end
rag: rag, rag rating, rag status
explanation: explanation, commentary, comments, narrative, reason for variance, explanation of variance
""")
#: Headings of a column that names the work streams.
STREAM_NAME = listed("""
name: work stream, workstream, heading, budget heading, cost heading, category, activity, cost category,
  budget line, item, description, item of expenditure, expenditure heading, work package, expenditure type,
  type of expenditure, name, expenditure category
code: code, work stream code, heading code, reference
""")
#: Headings of a list of transactions.
OF_LINE = listed("""
number: no, number, item number, line number
supplier: supplier, supplier name, payee, vendor, paid to
document: invoice number, invoice no, invoice, invoice ref, document, document number
date: date, invoice date, transaction date, date of invoice, date paid, posting date
description: description, details, description of expenditure, goods or services, item
work_stream_name: work stream, workstream, heading, cost heading, category
cost_type: resource or capital, type, resource capital, revenue or capital, cost type
po: purchase order, order number, po, po number, purchase order number
net: net, invoice amount, net amount, invoice value
amount: amount, amount claimed, claimed, value, cost, amount claimed net
""")
#: How forms call the two kinds of money, and a stream's figures of one of them.
KINDS = {"resource": ("resource", "revenue", "rdel"), "capital": ("capital", "cdel")}
OF_KIND = {
    "budget": "{}_budget",
    "original": "{}_budget",
    "claimed_before": "{}_before",
    "this_claim": "{}",
    "cumulative": "{}_cumulative",
    "remaining": "{}_remaining",
}
TOTAL = ("total", "grand total", "overall total", "total all work streams")
#: What a person writes by hand: nothing is proposed for it.
BY_HAND = (
    *("signature", "signed", "name", "print name", "date", "position", "job title", "role", "telephone"),
    *("email", "email address", "address", "contact name", "contact", "bank", "sort code", "account number"),
)
