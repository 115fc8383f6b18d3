"""Coach: answers for school leaders, from study documents, with citations that open at the exact words."""
