"""The pages by the path that links name them with, from the folder of main.py.

The folder is not called `pages`: beside a main script Streamlit takes a folder of that name for its older kind of multi-page app,
and answers a pasted link with the bare page, without the router.
"""

from __future__ import annotations

SEARCH_PAGE = "views/search.py"
CASE_PAGE = "views/case.py"
