"""Trainers' sheets: files in, items with an account of every row out; and items written as files again."""
