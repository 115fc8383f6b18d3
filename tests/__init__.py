"""Tests of Coach."""
