"""Workbooks: a template in, a filled workbook out. The one home of openpyxl."""
