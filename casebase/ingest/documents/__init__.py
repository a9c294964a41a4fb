"""From a report in PDF or Word to a proposed story: what kind of file, its text by page in a sandbox, what it seems to tell."""
