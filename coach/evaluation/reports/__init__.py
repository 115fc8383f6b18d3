"""Reports: a run and what is known of it in, one HTML file, pictures and a workbook out."""
