"""People's ratings: runs in, blind rounds and sheets out; ratings in, how far raters agree out."""
